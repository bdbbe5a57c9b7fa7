import {
  deleteFormOf,
  type DeleteSupport,
  describeNoForm,
  describeShared,
} from '../../src/core/deletion';
import { tagOf } from './builders';

interface Row {
  tagDelete: DeleteSupport;
  digestDelete: DeleteSupport;
  form?: string;
  code?: string;
}

describe(deleteFormOf.name, () => {
  it.each`
    tagDelete        | digestDelete     | form
    ${'works'}       | ${'works'}       | ${'tag'}
    ${'works'}       | ${'disabled'}    | ${'tag'}
    ${'unsupported'} | ${'works'}       | ${'digest'}
    ${'denied'}      | ${'works'}       | ${'digest'}
    ${'unsupported'} | ${'disabled'}    | ${undefined}
    ${'unproven'}    | ${'unproven'}    | ${undefined}
    ${'unsupported'} | ${'unsupported'} | ${undefined}
    ${'disabled'}    | ${'denied'}      | ${undefined}
  `(
    'is $form when tags are $tagDelete and digests are $digestDelete',
    ({ form, ...capabilities }: Row) => {
      expect(deleteFormOf(capabilities)).toBe(form);
    },
  );
});

describe(describeNoForm.name, () => {
  it.each`
    tagDelete        | digestDelete     | code
    ${'unsupported'} | ${'disabled'}    | ${'delete-disabled'}
    ${'unsupported'} | ${'denied'}      | ${'delete-denied'}
    ${'unsupported'} | ${'unproven'}    | ${'delete-unproven'}
    ${'unsupported'} | ${'unsupported'} | ${'delete-unproven'}
  `('is $code when digests are $digestDelete', ({ code, ...capabilities }: Row) => {
    expect(describeNoForm(capabilities).code).toBe(code);
  });
});

describe(describeShared.name, () => {
  it.each`
    tags                           | named
    ${['2.1']}                     | ${'on its digest: 2.1'}
    ${['2.1', '2', 'latest']}      | ${'on its digest: 2.1, 2, latest'}
    ${['2.1', '2', 'a', 'b', 'c']} | ${'on its digest: 2.1, 2, a and 2 more'}
  `('names $tags', ({ tags, named }: { tags: string[]; named: string }) => {
    const { code, text } = describeShared(tags.map(tagOf));

    expect(code).toBe('shares-digest');
    expect(text.endsWith(named)).toBe(true);
  });
});
