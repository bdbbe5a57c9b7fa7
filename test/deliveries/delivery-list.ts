import { readFileSync, writeFileSync } from 'node:fs';
import type { z } from 'zod';
import { DeliveryAnswer, Receipts } from '../../src/deliveries/delivery.schema';
import { pageOf } from '../../src/http/answers.schema';
import type { HttpAnswer, ServiceClient } from '../support/service';
import { ADMIN_TOKEN, type TestConfig, writeTestConfig } from '../support/test-config';

/** Nobody listens there: deliveries are accepted and stay pending. */
export const NOWHERE = 'http://127.0.0.1:1';

/** All deliveries, newest first, page by page. */
export async function listDeliveries(
  client: ServiceClient,
  query = '',
): Promise<readonly DeliveryAnswer[]> {
  const items: DeliveryAnswer[] = [];
  let cursor: string | undefined;
  do {
    const from = cursor === undefined ? '' : `&cursor=${cursor}`;
    const answer = await client.get(`deliveries?limit=200${query}${from}`, ADMIN_TOKEN);
    const page = pageOf(DeliveryAnswer).parse(answer.json);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return items;
}

export type Receipt = z.infer<typeof Receipts>['deliveries'][number];

/** The entries of an answer to a webhook. */
export function receiptsOf(answer: HttpAnswer): readonly Receipt[] {
  return Receipts.parse(answer.json).deliveries;
}

/** The entry of an answer that has one. */
export function receiptOf(answer: HttpAnswer): Receipt {
  const [receipt, ...more] = receiptsOf(answer);
  if (receipt === undefined || more.length > 0) {
    throw new Error(`not one receipt: ${JSON.stringify(answer.json)}`);
  }
  return receipt;
}

/** The usual test config with some of its text replaced. */
export function editedConfig(
  replaced: Readonly<Record<string, string>>,
  registryUrl = NOWHERE,
): TestConfig {
  const config = writeTestConfig({ registryUrl });
  editConfig(config, replaced);
  return config;
}

/** Replaces some of the text of a config. */
export function editConfig(
  { path }: Pick<TestConfig, 'path'>,
  replaced: Readonly<Record<string, string>>,
): void {
  const text = Object.entries(replaced).reduce(
    (yaml, [from, to]) => yaml.replaceAll(from, to),
    readFileSync(path, 'utf8'),
  );
  writeFileSync(path, text);
}
