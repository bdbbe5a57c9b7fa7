import { z } from 'zod';

/** A history as `reference/tag-rules.md` section 7 describes it. */
const History = z.object({
  image: z.string(),
  steps: z.array(
    z.object({
      date: z.string(),
      commit: z.string(),
      added: z.array(z.object({ tag: z.string() })),
      /** The version that each moving tag was listed with. */
      changed: z.record(z.string(), z.string()),
    }),
  ),
});
export type History = z.infer<typeof History>;
export type HistoryStep = History['steps'][number];

export function parseHistory(text: string): History {
  return History.parse(JSON.parse(text));
}
