import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { configJsonSchema } from '../../src/config/config-json-schema';

describe(configJsonSchema.name, () => {
  it('is what tagward.schema.json holds: `npm run generate` after a change', () => {
    const committed = readFileSync(join(__dirname, '../../tagward.schema.json'), 'utf8');

    expect(configJsonSchema()).toBe(committed);
  });

  it('explains every key to editors', () => {
    const schema: unknown = JSON.parse(configJsonSchema());

    expect(keysWithoutDescription(schema, '')).toEqual([]);
  });
});

function keysWithoutDescription(schema: unknown, path: string): readonly string[] {
  if (!isGroup(schema)) return [];
  const properties = isGroup(schema['properties']) ? Object.entries(schema['properties']) : [];
  const unexplained = properties
    .filter(([, property]) => isGroup(property) && property['description'] === undefined)
    .map(([key]) => `${path}.${key}`);
  const below = Object.entries(schema).flatMap(([key, value]) =>
    keysWithoutDescription(value, `${path}.${key}`),
  );
  return [...unexplained, ...below];
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
