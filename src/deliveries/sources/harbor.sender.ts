import { ProductSender } from './sender';
import type { SourceEvent } from './source';

export class HarborSender extends ProductSender {
  readonly kind = 'harbor';

  protected readBody(): readonly SourceEvent[] {
    return [];
  }
}
