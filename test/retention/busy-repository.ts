import type { TestRepository } from '../tagging/test-repository';
import { type MadeManifest, ManyImages, numbered, type TaggedManifest } from './many-images';

/** Tags that are pushed; moving tags come on top. */
export const TAGS = 500;
/** Of those: 80 releases, 100 builds, 10 children of indexes and 10 of pull requests. */
export const DOOMED = 200;

const MINORS = 10;
const PATCHES = 10;
const DIGESTS_OF_BUILDS = 50;
const FILLERS = 190;

/**
 * Fills a repository: ten minors of ten releases, two of each minor an index with one child tagged;
 * builds of which two share each digest, some with a release; signatures and referrers of releases
 * that go and of some that stay. Gives every manifest by its digest, sorted.
 */
export async function busyRepository(
  repository: TestRepository,
): Promise<ReadonlyMap<string, string>> {
  const images = await ManyImages.start(repository);
  const releases = releasesOf(images);
  const subjects = releases.filter((_release, place) => place % 5 < 3);
  const layers: readonly (readonly TaggedManifest[])[] = [
    releases.flatMap(({ children }) => children),
    [...releases, ...buildsOf(images, releases), ...fillersOf(images)],
    [
      ...subjects.map(({ manifest }) => signatureOf(images, manifest)),
      ...subjects
        .slice(0, 20)
        .map(({ manifest }) => ({ manifest: images.referrer('sbom', manifest) })),
    ],
    subjects.slice(0, 20).map(({ manifest }) => fallbackOf(images, manifest)),
  ];
  for (const layer of layers) await images.push(layer);
  const pushed = layers.flat().map(({ manifest }) => manifest);
  return new Map(pushed.map(({ digest, bytes }) => [digest, bytes.toString()] as const).sort());
}

interface MadeRelease extends TaggedManifest {
  readonly tag: string;
  readonly children: readonly TaggedManifest[];
}

function releasesOf(images: ManyImages): readonly MadeRelease[] {
  return Array.from({ length: MINORS * PATCHES }, (_, place) => {
    const [minor, patch] = [Math.floor(place / PATCHES), place % PATCHES];
    const tag = `1.${minor}.${patch}`;
    // One of them stays with its minor, one goes.
    if (patch !== 4 && patch !== 9) return { tag, manifest: images.image(tag), children: [] };
    const [first, second] = [images.image(`${tag} amd64`), images.image(`${tag} arm64`)];
    const children = [{ tag: `child-${tag}`, manifest: first }, { manifest: second }];
    return { tag, manifest: images.index([first, second]), children };
  });
}

function buildsOf(images: ManyImages, releases: readonly MadeRelease[]): readonly TaggedManifest[] {
  return numbered('sha', 2 * DIGESTS_OF_BUILDS).map((tag, place) => {
    const pair = Math.floor(place / 2);
    const release = pair < 10 ? releases[pair * 10 + (pair % 2 === 0 ? 1 : 8)] : undefined;
    return { tag, manifest: release?.manifest ?? images.image(`build ${pair}`) };
  });
}

function fillersOf(images: ManyImages): readonly TaggedManifest[] {
  const tags = [...numbered('pr', 10), ...numbered('keep', FILLERS)];
  return tags.map((tag) => ({ tag, manifest: images.image(tag) }));
}

function signatureOf(images: ManyImages, { digest }: MadeManifest): TaggedManifest {
  const tag = `${digest.replace(':', '-')}.sig`;
  return { tag, manifest: images.image(tag) };
}

/** The tag under which registries without a referrers API list them. */
function fallbackOf(images: ManyImages, subject: MadeManifest): TaggedManifest {
  const tag = subject.digest.replace(':', '-');
  return { tag, manifest: images.index([images.referrer('sbom', subject)]) };
}
