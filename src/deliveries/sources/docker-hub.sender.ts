import { ProductSender } from './sender';
import type { SourceEvent } from './source';

export class DockerHubSender extends ProductSender {
  readonly kind = 'docker-hub';

  protected readBody(): readonly SourceEvent[] {
    return [];
  }
}
