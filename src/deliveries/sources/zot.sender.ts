import { ProductSender } from './sender';
import type { SourceEvent } from './source';

export class ZotSender extends ProductSender {
  readonly kind = 'zot';

  protected readBody(): readonly SourceEvent[] {
    return [];
  }
}
