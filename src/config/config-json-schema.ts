import { z } from 'zod';

import { configFile } from './config-file.schema';

/** The text of `tagward.schema.json`, which editors check and explain `tagward.yaml` with. */
export function configJsonSchema(): string {
  const schema = z.toJSONSchema(configFile, { target: 'draft-7', io: 'input' });
  return `${JSON.stringify(schema, null, 2)}\n`;
}
