import { z } from 'zod';

/** A way to start Distribution on this machine. `version` is as exact as it is known. */
export const RegistryProgram = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('binary'), path: z.string(), version: z.string() }),
  z.object({ kind: z.literal('docker'), image: z.string(), version: z.string() }),
]);
export type RegistryProgram = z.infer<typeof RegistryProgram>;

/** A registry that the tests want, and how to start it or why that cannot be done here. */
export const TestRegistry = z.discriminatedUnion('available', [
  z.object({ name: z.string(), available: z.literal(true), program: RegistryProgram }),
  z.object({ name: z.string(), available: z.literal(false), reason: z.string() }),
]);
export type TestRegistry = z.infer<typeof TestRegistry>;
