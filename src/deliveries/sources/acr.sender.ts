import { ProductSender } from './sender';
import type { SourceEvent } from './source';

export class AcrSender extends ProductSender {
  readonly kind = 'acr';

  protected readBody(): readonly SourceEvent[] {
    return [];
  }
}
