/** The specification wants registries to take ten; zot takes 46. */
const FIRST_CHUNK = 10;
const LARGEST_CHUNK = 40;

/** How many tags a registry has been seen to take at once. */
export class ChunkSize {
  current = FIRST_CHUNK;

  /** After that many were taken. */
  grow(taken: number): void {
    if (taken >= FIRST_CHUNK) this.current = LARGEST_CHUNK;
  }

  /** False when there is nothing left to halve. */
  shrink(from: number): boolean {
    this.current = Math.max(1, Math.floor(from / 2));
    return from > 1;
  }
}
