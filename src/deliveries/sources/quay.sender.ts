import { ProductSender } from './sender';
import type { SourceEvent } from './source';

export class QuaySender extends ProductSender {
  readonly kind = 'quay';

  protected readBody(): readonly SourceEvent[] {
    return [];
  }
}
