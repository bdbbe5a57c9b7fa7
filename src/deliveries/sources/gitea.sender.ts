import type { SourceKind } from '../../config/source-kinds';
import { ProductSender } from './sender';
import type { SourceEvent } from './source';

export class GiteaSender extends ProductSender {
  readonly kind: SourceKind = 'gitea';

  protected readBody(): readonly SourceEvent[] {
    return [];
  }
}

export class ForgejoSender extends GiteaSender {
  override readonly kind = 'forgejo';
}
