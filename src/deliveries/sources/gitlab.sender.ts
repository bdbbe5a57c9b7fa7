import { ProductSender } from './sender';
import type { SourceEvent } from './source';

export class GitlabSender extends ProductSender {
  readonly kind = 'gitlab';

  protected readBody(): readonly SourceEvent[] {
    return [];
  }
}
