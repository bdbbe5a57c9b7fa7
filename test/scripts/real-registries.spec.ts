import { realRegistries } from '../support/real-registries';

describe('realRegistries', () => {
  it('lists both versions of Distribution, there or not', () => {
    const names = realRegistries().map(({ name }) => name);

    expect(names).toEqual(['distribution-2.8', 'distribution-3']);
  });

  it('gives each a way to start it or a reason', () => {
    const answers = realRegistries().map((registry) =>
      registry.available ? typeof registry.start : typeof registry.reason,
    );

    expect(answers.filter((kind) => kind !== 'function' && kind !== 'string')).toEqual([]);
  });
});
