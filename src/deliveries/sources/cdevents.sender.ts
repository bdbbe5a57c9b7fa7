import { ProductSender } from './sender';
import type { SourceEvent } from './source';

export class CdeventsSender extends ProductSender {
  readonly kind = 'cdevents';

  protected readBody(): readonly SourceEvent[] {
    return [];
  }
}
