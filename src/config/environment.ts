/** The variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of a variable; an empty one counts as not set, as Compose files leave it. */
export function variable(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === '' ? undefined : value;
}

/** Where the configuration is read from: TAGWARD_CONFIG, else `./tagward.yaml`. */
export function configPathOf(env: Environment): string {
  return variable(env, 'TAGWARD_CONFIG') ?? './tagward.yaml';
}
