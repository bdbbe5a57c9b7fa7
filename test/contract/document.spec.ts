import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PRESETS } from '../support/fake-registry-presets';
import { CONTRACT_CASES } from './cases';
import { tableIn, withTable } from './document';
import { realTargets } from './real-targets';

const TEXT = readFileSync(join(__dirname, '../../docs/registries.md'), 'utf8');

describe('docs/registries.md', () => {
  it('has a column for every registry that the contract runs on', () => {
    const real = realTargets().filter(({ available }) => available);
    const names = [...real.map(({ registry }) => registry), ...Object.keys(PRESETS)];

    expect(tableIn(TEXT).registries).toEqual(expect.arrayContaining(names));
  });

  it('has a row for every capability', () => {
    const capabilities = CONTRACT_CASES.map(({ capability }) => capability);

    expect([...tableIn(TEXT).capabilities].sort()).toEqual([...capabilities].sort());
  });

  it('shows no promise of the client that is broken', () => {
    expect(TEXT).not.toContain('| FAILED |');
  });
});

describe('the table of the contract', () => {
  const EMPTY = 'above\n<!-- contract:begin -->\nold\n<!-- contract:end -->\nbelow\n';

  it('takes the place of the old one and leaves the text around it', () => {
    const text = withTable(EMPTY, [
      { registry: 'distribution-3', capability: 'image', result: 'ok' },
      { registry: 'distribution-3', capability: 'multi-tag', result: 'unsupported', detail: '201' },
      { registry: 'crane', capability: '*', result: 'skipped', detail: 'not on the PATH' },
      { registry: 'in-memory zot', capability: 'image', result: 'failed' },
      { registry: 'in-memory zot', capability: 'wrong-ca', result: 'skipped' },
    ]);

    expect(text).toMatch(/^above\n[^]*\nbelow\n$/);
    expect(text).not.toContain('old');
    expect(text).toContain('| `multi-tag` | no |');
    expect(text).toContain('| `image` | FAILED |');
    expect(text).toContain('| `wrong-ca` | - |');
    expect(text).toContain('Skipped: crane (not on the PATH).');
    expect(tableIn(text)).toEqual({
      registries: ['distribution-3', 'zot'],
      capabilities: ['image', 'multi-tag', 'wrong-ca'],
    });
  });

  it('is not put into a text without its markers', () => {
    expect(() => withTable('no markers', [])).toThrow('contract:begin');
  });
});

describe('the cases of the contract', () => {
  it('have a capability each', () => {
    const capabilities = CONTRACT_CASES.map(({ capability }) => capability);

    expect(new Set(capabilities).size).toBe(capabilities.length);
  });
});
