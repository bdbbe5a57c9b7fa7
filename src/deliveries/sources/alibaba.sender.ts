import { ProductSender } from './sender';
import type { SourceEvent } from './source';

export class AlibabaSender extends ProductSender {
  readonly kind = 'alibaba';

  protected readBody(): readonly SourceEvent[] {
    return [];
  }
}
