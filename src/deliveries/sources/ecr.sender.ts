import { ProductSender } from './sender';
import type { SourceEvent } from './source';

export class EcrSender extends ProductSender {
  readonly kind = 'ecr';

  protected readBody(): readonly SourceEvent[] {
    return [];
  }
}
