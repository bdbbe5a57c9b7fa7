export interface BenchOptions {
  /** Fewer rounds: for trying things out, not for publishing. */
  readonly quick: boolean;
}
