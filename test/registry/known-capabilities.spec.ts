import { KnownCapabilities } from '../../src/registry/known-capabilities';
import {
  type CapabilityFinding,
  CapabilityMemory,
  NoCapabilityMemory,
} from '../../src/runtime/capability-memory';
import { SimulatedClock } from '../../src/runtime/clock';

const HOUR = 3_600_000;
const REGISTRY = { id: 'local', url: 'http://localhost:5000/' };

class TestMemory extends CapabilityMemory {
  readonly findings: CapabilityFinding[] = [];

  override recall(): Promise<readonly CapabilityFinding[]> {
    return Promise.resolve(this.findings);
  }

  override remember(_registry: unknown, finding: CapabilityFinding): Promise<void> {
    this.findings.push(finding);
    return Promise.resolve();
  }
}

describe('KnownCapabilities', () => {
  const clock = new SimulatedClock(1_000_000_000_000);
  const known = (memory: CapabilityMemory = new NoCapabilityMemory()): KnownCapabilities =>
    new KnownCapabilities(REGISTRY, memory, clock);

  it('know nothing at first', async () => {
    expect(await known().all()).toEqual({
      ...{ multiTag: 'unproven', tagDelete: 'unproven', digestDelete: 'unproven' },
      ...{ tagDeleteLeavesOthers: 'unproven', referrers: 'unproven', paging: 'unproven' },
    });
  });

  it('know over a restart what was learnt, and store it once', async () => {
    const memory = new TestMemory();
    const before = known(memory);
    await before.learn('multiTag', 'works');
    await before.learn('multiTag', 'works');

    expect(memory.findings).toHaveLength(1);
    expect(await known(memory).all()).toMatchObject({ multiTag: 'works' });
  });

  it('forget what another version wrote', async () => {
    const memory = new TestMemory();
    memory.findings.push({ capability: 'multiTag', value: 'perhaps', provenAt: clock.now() });

    expect(await known(memory).all()).toMatchObject({ multiTag: 'unproven' });
  });

  it.each`
    capability                 | value             | lasts
    ${'multiTag'}              | ${'works'}        | ${24 * HOUR}
    ${'tagDelete'}             | ${'unsupported'}  | ${24 * HOUR}
    ${'digestDelete'}          | ${'disabled'}     | ${HOUR / 12}
    ${'tagDeleteLeavesOthers'} | ${'takes-others'} | ${24 * HOUR}
  `('want $capability: $value proven again after $lasts ms', async (row) => {
    const { capability, value, lasts } = row as {
      capability: 'tagDelete';
      value: 'works';
      lasts: number;
    };
    const one = known();
    await one.learn(capability, value);
    clock.advance(lasts - 1);
    const before = await one.all();
    clock.advance(1);
    const after = await one.all();

    expect([before[capability], after[capability]]).toEqual([value, 'unproven']);
  });

  it('want proof again after a doubt', async () => {
    const one = known();
    await one.learn('referrers', 'works');

    one.doubt('referrers');

    expect(await one.all()).toMatchObject({ referrers: 'unproven' });
  });
});
