import { suggest } from '../config/suggestion';
import { UsageError } from './command';

/** The one that is wanted, or all that there are. Throws {@link UsageError} for one that is not there. */
export function chosenOf(
  known: readonly string[],
  { what, id }: { readonly what: 'registry' | 'source'; readonly id: string | undefined },
): readonly string[] {
  if (id === undefined) return known;
  if (known.includes(id)) return [id];
  throw new UsageError(`the service has no ${what} ${id}; ${suggest(id, known)}`);
}
