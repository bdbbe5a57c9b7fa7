import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { configJsonSchema } from '../src/config/config-json-schema';

writeFileSync(join(__dirname, '..', 'tagward.schema.json'), configJsonSchema());
