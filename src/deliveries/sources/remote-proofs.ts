import { Injectable } from '@nestjs/common';
import type { SourceSettings } from '../../config/settings';
import type { RemoteProof } from './authentication';

/** What a source can be authenticated by beside secrets of its own. */
@Injectable()
export class RemoteProofs {
  of(settings: SourceSettings): readonly RemoteProof[] {
    return settings.auth.issuers.slice(0, 0).map(() => {
      throw new Error('not here yet');
    });
  }
}
