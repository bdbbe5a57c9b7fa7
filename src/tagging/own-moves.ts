import { Injectable } from '@nestjs/common';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { MoveStore } from '../history/move.store';

/** Recognises events that a registry sends because Tagward itself moved a tag. */
@Injectable()
export class OwnMoves {
  constructor(private readonly moves: MoveStore) {}

  /** Whether the tag's last move, applied or under way, was Tagward's and went to this digest. */
  async includes(repository: RepositoryName, tag: TagName, digest: Digest): Promise<boolean> {
    const move = await this.moves.findLatest(repository, tag);
    return move?.toDigest === digest && move.kind !== 'observed' && move.kind !== 'imported';
  }

  /** Whether the digest is what stands in for the tag while Tagward deletes it. */
  async isDummy(repository: RepositoryName, tag: TagName, digest: Digest): Promise<boolean> {
    const move = await this.moves.findLatest(repository, tag);
    return move?.dummyDigest === digest;
  }
}
