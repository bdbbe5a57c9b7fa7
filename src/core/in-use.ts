import type { Digest } from './names';

/** What one reporter says is running somewhere; its last word replaces all before. */
export interface InUseReport {
  readonly reporter: string;
  /** UTC milliseconds. */
  readonly reportedAt: number;
  /** Of one repository; empty when the reporter runs nothing of it. */
  readonly digests: readonly Digest[];
}
