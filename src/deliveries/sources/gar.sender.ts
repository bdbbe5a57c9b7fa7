import { ProductSender } from './sender';
import type { SourceEvent } from './source';

export class GarSender extends ProductSender {
  readonly kind = 'gar';

  protected readBody(): readonly SourceEvent[] {
    return [];
  }
}
