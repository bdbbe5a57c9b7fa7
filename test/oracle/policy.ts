import { parse } from 'yaml';
import { z } from 'zod';
import { parseRules } from '../../src/config/load-rules';
import { withCommonVariants } from '../../src/core/common-variants';
import { inferRules } from '../../src/core/infer-rules';
import type { RepositoryRules } from '../../src/core/rules';
import type { History, HistoryStep } from './history';

const texts = z.array(z.coerce.string()).default([]);

/** What people decided, with its date and its cause. */
const Event = z.strictObject({
  date: z
    .union([z.string(), z.date()])
    .transform((date) => new Date(date).toISOString().slice(0, 10)),
  /** The step before which it happened, where several have one date. */
  commit: z.string().optional(),
  cause: z.string().min(1),
  /** Keys of the fragment that are replaced. */
  rules: z.record(z.string(), z.unknown()).optional(),
  withdraw: texts,
  restore: texts,
  hold: texts,
  release: texts,
});
export type PolicyEvent = z.infer<typeof Event>;

const File = z.looseObject({ events: z.array(Event).max(20).default([]) });

/** The rules of an image: a fragment of `tagward.yaml`, and what people decided over the years. */
export interface Policy {
  readonly rules: RepositoryRules;
  readonly events: readonly (PolicyEvent & { readonly newRules?: RepositoryRules })[];
}

/** Reads the keys of one `repositories` entry and, beside them, `events`. */
export function parsePolicy(text: string, file: string): Policy {
  const { events, ...first } = File.parse(parse(text, { merge: true }) ?? {});
  let fragment: Record<string, unknown> = first;
  const toRules = (): RepositoryRules => parseRules(JSON.stringify(fragment), file);
  const rules = toRules();
  return {
    rules,
    events: events.map((event) => {
      if (event.rules === undefined) return event;
      fragment = { ...fragment, ...event.rules };
      return { ...event, newRules: toRules() };
    }),
  };
}

/** What an import would infer from the first step alone. */
export function inferPolicy({ steps }: History): Policy {
  const [first] = steps;
  const tags = first === undefined ? [] : namesOf(first);
  return { rules: withCommonVariants(inferRules(tags).rules), events: [] };
}

function namesOf({ added, changed }: HistoryStep): readonly string[] {
  return [...added.map(({ tag }) => tag), ...Object.keys(changed)];
}
