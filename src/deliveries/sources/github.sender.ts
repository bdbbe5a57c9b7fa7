import { ProductSender } from './sender';
import type { SourceEvent } from './source';

export class GithubSender extends ProductSender {
  readonly kind = 'github';

  protected readBody(): readonly SourceEvent[] {
    return [];
  }
}
