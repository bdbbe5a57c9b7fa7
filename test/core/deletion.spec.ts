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
  provider?: boolean;
  alone?: string;
  shared?: string;
  code?: string;
}

describe(deleteFormOf.name, () => {
  it.each`
    tagDelete        | digestDelete     | provider | alone         | shared
    ${'works'}       | ${'works'}       | ${false} | ${'tag'}      | ${'tag'}
    ${'works'}       | ${'disabled'}    | ${true}  | ${'tag'}      | ${'tag'}
    ${'unsupported'} | ${'works'}       | ${false} | ${'digest'}   | ${'batch-dummy'}
    ${'disabled'}    | ${'works'}       | ${false} | ${'digest'}   | ${'batch-dummy'}
    ${'denied'}      | ${'works'}       | ${false} | ${'digest'}   | ${'batch-dummy'}
    ${'own-api'}     | ${'works'}       | ${false} | ${'digest'}   | ${undefined}
    ${'own-api'}     | ${'works'}       | ${true}  | ${'provider'} | ${'provider'}
    ${'disabled'}    | ${'disabled'}    | ${true}  | ${'provider'} | ${'provider'}
    ${'unsupported'} | ${'disabled'}    | ${false} | ${undefined}  | ${undefined}
    ${'unproven'}    | ${'unproven'}    | ${false} | ${undefined}  | ${undefined}
    ${'unsupported'} | ${'unsupported'} | ${false} | ${undefined}  | ${undefined}
    ${'disabled'}    | ${'denied'}      | ${false} | ${undefined}  | ${undefined}
  `(
    'is $alone, and $shared beside a tag that stays, when tags are $tagDelete and digests $digestDelete',
    ({ alone, shared, provider = false, ...capabilities }: Row) => {
      expect(deleteFormOf({ ...capabilities, provider }, false)).toBe(alone);
      expect(deleteFormOf({ ...capabilities, provider }, true)).toBe(shared);
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
    expect(describeNoForm({ ...capabilities, provider: false }).code).toBe(code);
  });
});

describe(describeShared.name, () => {
  it.each`
    tags                           | named
    ${['2.1']}                     | ${'names: 2.1'}
    ${['2.1', '2', 'latest']}      | ${'names: 2.1, 2, latest'}
    ${['2.1', '2', 'a', 'b', 'c']} | ${'names: 2.1, 2, a and 2 more'}
  `('names $tags', ({ tags, named }: { tags: string[]; named: string }) => {
    const { code, text } = describeShared(tags.map(tagOf));

    expect(code).toBe('provider-missing');
    expect(text.endsWith(named)).toBe(true);
  });
});
