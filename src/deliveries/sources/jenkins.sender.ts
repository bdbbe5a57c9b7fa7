import { ProductSender } from './sender';
import type { SourceEvent } from './source';

export class JenkinsSender extends ProductSender {
  readonly kind = 'jenkins';

  protected readBody(): readonly SourceEvent[] {
    return [];
  }
}
