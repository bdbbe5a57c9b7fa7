import {
  chooseForm,
  type DeletionCapabilities,
  type DeleteSupport,
  type FormNeeds,
} from '../../src/core/deletion';
import type { RetentionPolicy } from '../../src/core/retention-policy';
import { DAY_MS } from './builders';

type Given = Partial<DeletionCapabilities & FormNeeds & RetentionPolicy['deletion']>;

/** Alone on its digest, without a window, where nothing but digests can be deleted. */
function choose({
  tagDelete = 'unsupported',
  digestDelete = 'works',
  provider = false,
  immutable = false,
  form = 'auto',
  restoreWindowMs = 0,
  siblings = 0,
  listed = false,
}: Given): string {
  const choice = chooseForm(
    { tagDelete, digestDelete, provider, immutable },
    { form, restoreWindowMs },
    { siblings, listed },
  );
  return 'form' in choice ? choice.form : choice.blocked.map(({ code }) => code).join(' ');
}

describe(chooseForm.name, () => {
  it.each`
    tagDelete        | digestDelete     | provider | alone                | shared
    ${'works'}       | ${'works'}       | ${false} | ${'tag'}             | ${'tag'}
    ${'works'}       | ${'disabled'}    | ${true}  | ${'tag'}             | ${'tag'}
    ${'unsupported'} | ${'works'}       | ${false} | ${'digest'}          | ${'batch-dummy'}
    ${'disabled'}    | ${'works'}       | ${false} | ${'digest'}          | ${'batch-dummy'}
    ${'denied'}      | ${'works'}       | ${false} | ${'digest'}          | ${'batch-dummy'}
    ${'unproven'}    | ${'works'}       | ${false} | ${'digest'}          | ${'batch-dummy'}
    ${'own-api'}     | ${'works'}       | ${false} | ${'digest'}          | ${'provider-missing'}
    ${'own-api'}     | ${'works'}       | ${true}  | ${'provider'}        | ${'provider'}
    ${'disabled'}    | ${'disabled'}    | ${true}  | ${'provider'}        | ${'provider'}
    ${'unsupported'} | ${'disabled'}    | ${false} | ${'delete-disabled'} | ${'delete-disabled'}
    ${'unsupported'} | ${'denied'}      | ${false} | ${'delete-denied'}   | ${'delete-denied'}
    ${'unproven'}    | ${'unproven'}    | ${false} | ${'delete-unproven'} | ${'delete-unproven'}
    ${'unsupported'} | ${'unsupported'} | ${false} | ${'delete-unproven'} | ${'delete-unproven'}
    ${'own-api'}     | ${'own-api'}     | ${false} | ${'delete-unproven'} | ${'delete-unproven'}
  `(
    'is $alone, and $shared beside a tag that stays, when tags are $tagDelete and digests $digestDelete',
    ({ alone, shared, ...given }: Given & { alone: string; shared: string }) => {
      expect(choose(given)).toBe(alone);
      expect(choose({ ...given, siblings: 1 })).toBe(shared);
    },
  );

  it.each`
    what                                  | given                                      | form
    ${'alone and never to come back'}     | ${{}}                                      | ${'digest'}
    ${'beside a tag that stays'}          | ${{ siblings: 1 }}                         | ${'batch-dummy'}
    ${'listed by an index'}               | ${{ listed: true }}                        | ${'batch-dummy'}
    ${'restorable for a while'}           | ${{ restoreWindowMs: DAY_MS }}             | ${'batch-dummy'}
    ${'restorable for a millisecond'}     | ${{ restoreWindowMs: 1 }}                  | ${'batch-dummy'}
    ${'restorable, its product with API'} | ${{ restoreWindowMs: 1, ...own('works') }} | ${'provider-missing'}
    ${'immutable and alone'}              | ${{ immutable: true }}                     | ${'digest'}
    ${'immutable with a sibling'}         | ${{ immutable: true, siblings: 1 }}        | ${'immutable'}
    ${'immutable and restorable'}         | ${{ immutable: true, restoreWindowMs: 1 }} | ${'immutable'}
    ${'immutable and listed'}             | ${{ immutable: true, listed: true }}       | ${'immutable'}
    ${'immutable where tags go'}          | ${{ immutable: true, tagDelete: 'works' }} | ${'tag'}
  `('is $form for a tag $what', ({ given, form }: { given: Given; form: string }) => {
    expect(choose(given)).toBe(form);
  });

  function own(digestDelete: DeleteSupport): Given {
    return { tagDelete: 'own-api', digestDelete };
  }

  it.each`
    given                           | form
    ${{}}                           | ${'tag-only'}
    ${{ siblings: 2 }}              | ${'tag-only'}
    ${{ digestDelete: 'disabled' }} | ${'tag-only delete-disabled'}
    ${{ digestDelete: 'denied' }}   | ${'tag-only delete-denied'}
    ${{ digestDelete: 'unproven' }} | ${'tag-only delete-unproven'}
    ${{ tagDelete: 'works' }}       | ${'tag'}
    ${{ provider: true }}           | ${'provider'}
  `('is $form for $given where the policy says tag-only', (row: { given: Given; form: string }) => {
    expect(choose({ ...row.given, form: 'tag-only' })).toBe(row.form);
  });

  it('says how many tags would go along', () => {
    const texts = [0, 1, 2].map((siblings) => {
      const choice = chooseForm(
        { tagDelete: 'own-api', digestDelete: 'works', provider: false },
        { form: 'auto', restoreWindowMs: 1 },
        { siblings, listed: false },
      );
      return 'blocked' in choice ? choice.blocked[0].text : '';
    });

    expect(texts).toEqual([
      expect.stringMatching(/^blocked: .* keep its image restorable but by its own API, /),
      expect.stringMatching(/^blocked: .* without its sibling but by its own API, /),
      expect.stringMatching(/^blocked: .* without its 2 siblings but by its own API, /),
    ]);
  });
});
