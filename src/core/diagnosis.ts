/** One thing that was looked at: `warn` works for now, `fail` does not, `unknown` could not be tried. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail' | 'unknown';
  /** One sentence: what was found. */
  readonly text: string;
  /** What to change; only where something is to be changed. */
  readonly fix?: string;
}
