import { z } from 'zod';
import { AnnouncedTagField } from '../../http/fields';
import type { AnnouncedEvent } from '../../tagging/inbox';
import { announcedEvent } from './announced';
import { ignoredEvent, type KeptFacts, ProductSender } from './sender';
import type { Reason, SourceEvent } from './source';

/** What an event of a forge says about a tag. */
interface ForgeTag {
  /** `published` unless said. */
  readonly event?: AnnouncedEvent;
  /** The path of the project or package, as the forge writes it. */
  readonly project: string;
  readonly tag: string;
  /** Of the registry, where the event names one. */
  readonly host?: string | undefined;
  readonly digest?: string | undefined;
  readonly prerelease?: boolean | undefined;
  readonly runUrl?: string | undefined;
  /** UTC milliseconds. */
  readonly occurredAt: number | null;
}

/** What an event of a forge comes to: a tag, or why it is none. */
export type ForgeNews = { readonly said: ForgeTag } | { readonly idle: Reason };

/** An event that is of no interest. */
export function noNews(code: string, text: string): ForgeNews {
  return { idle: { code, text } };
}

/** An event of a kind that no event of an image is. */
export function unknownType(type: string): ForgeNews {
  return noNews('type-unknown', `Tagward does not act on ${JSON.stringify(type.slice(0, 100))}`);
}

/** A page about a run, for people to open; anything else that stands there is left out. */
export const RunLink = z
  .url({ protocol: /^https?$/ })
  .max(2_000)
  .optional()
  .catch(undefined);

const DELIVERY_ID = /^[A-Za-z0-9_:.-]{1,128}$/;

/** The id of a delivery as a header has it; undefined when it cannot be used as a key. */
export function deliveryId(header: string | undefined): string | undefined {
  return header !== undefined && DELIVERY_ID.test(header) ? header : undefined;
}

/** A forge knows projects and git tags; the configuration says which images those are. */
export abstract class ForgeSender extends ProductSender {
  /** The event that some news make; `kept` is completed by the time that they give. */
  protected eventOf(news: ForgeNews, kept: Omit<KeptFacts, 'occurredAt'>): SourceEvent {
    if ('idle' in news) {
      const { code, text } = news.idle;
      return ignoredEvent({ ...kept, occurredAt: null }, code, text);
    }
    const { project, host, occurredAt, tag, ...facts } = news.said;
    const dated = { ...kept, occurredAt };
    if (isOfMonorepo(tag)) {
      return ignoredEvent(dated, 'no-image-tag', 'the git tag has a name that no image can have');
    }
    const other = this.otherRegistry([host]);
    if (other !== undefined) return ignoredEvent(dated, other.code, other.text);
    const repository = this.imageOfProject(project);
    return announcedEvent(dated, { ...facts, repository, tag }, isAnnouncedTag);
  }
}

const LONGEST_GIT_TAG = 250;

/** `ui/v2.4.1` and `@acme/ui@2.4.1`: usual in git, and impossible for an image. */
function isOfMonorepo(tag: string): boolean {
  return tag.length <= LONGEST_GIT_TAG && /^[\w@][\w@./+-]*$/.test(tag) && /[/@]/.test(tag);
}

function isAnnouncedTag(tag: string): boolean {
  return AnnouncedTagField.safeParse(tag).success;
}
