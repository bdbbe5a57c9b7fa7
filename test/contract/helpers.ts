import assert from 'node:assert/strict';
import { parseTagName, type TagName } from '../../src/core/names';
import type { Manifest } from '../../src/registry/image-registry';
import { RegistryError } from '../../src/registry/registry-error';
import type { ContractRepository } from './contract-repository';

export function tagsOf(count: number, prefix = '1.0.'): readonly TagName[] {
  return Array.from({ length: count }, (_, number) => parseTagName(`${prefix}${number}`));
}

/** The value, or the registry error that came instead; anything else is thrown on. */
export async function attempt<T>(work: Promise<T>): Promise<T | RegistryError> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RegistryError) return error;
    throw error;
  }
}

/** Says what kind of error it is, with the status where there is one. */
export function described({ code, status }: RegistryError): string {
  return status === undefined ? code : `${status}, ${code}`;
}

/** Fails unless all the tags point at the manifest, by the registry's own bytes. */
export async function assertAllAt(
  repository: ContractRepository,
  tags: readonly TagName[],
  { digest }: Manifest,
): Promise<void> {
  const found = await repository.digestsAt(tags);
  const elsewhere = tags.filter((_, number) => found[number] !== digest);
  assert.deepEqual(elsewhere, [], `tags that are not at ${digest}`);
}

/** Fails unless the work ends with a registry error of this code. */
export async function assertCode(work: Promise<unknown>, code: string): Promise<void> {
  const outcome = await attempt(work);
  assert.ok(outcome instanceof RegistryError, `no error, but ${code} was due`);
  assert.equal(outcome.code, code, outcome.message);
}
