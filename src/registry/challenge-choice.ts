import type { RegistrySettings } from '../config/settings';
import { headersOf, type Answer } from './answer';
import { allowedRealm, type Realm } from './realm';
import { parseChallenges } from './www-authenticate';

export interface BearerScheme {
  readonly kind: 'bearer';
  readonly realm: Realm;
  readonly service: string | undefined;
}

export type AuthScheme = { readonly kind: 'basic' } | BearerScheme;

export interface ChosenChallenge {
  readonly scheme: AuthScheme;
  /** The scopes of a Bearer challenge, as the registry wrote them. */
  readonly scopes: readonly string[];
}

/**
 * The challenge to meet: Bearer before Basic; undefined when the answer has neither. Throws
 * `redirect-refused` when the realm may not be asked.
 */
export function chooseChallenge(
  registry: RegistrySettings,
  answer: Pick<Answer, 'headers'>,
): ChosenChallenge | undefined {
  const challenges = parseChallenges(headersOf(answer, 'www-authenticate'));
  const bearer = challenges.find(
    ({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'),
  );
  if (bearer !== undefined) {
    const scopes = (bearer.parameters.get('scope') ?? '').split(/\s+/).filter((one) => one !== '');
    const realm = allowedRealm(registry, bearer.parameters.get('realm') ?? '');
    const service = bearer.parameters.get('service');
    return { scheme: { kind: 'bearer', realm, service }, scopes };
  }
  const basic = challenges.some(({ scheme }) => scheme === 'basic');
  return basic ? { scheme: { kind: 'basic' }, scopes: [] } : undefined;
}
