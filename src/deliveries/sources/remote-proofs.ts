import { Injectable } from '@nestjs/common';
import type { IssuerSettings, SourceSettings } from '../../config/settings';
import { Clock } from '../../runtime/clock';
import { UsedTokenStore } from '../used-token.store';
import type { RemoteProof } from './authentication';
import { IssuerKeys } from './issuer-keys';
import { OidcProof } from './oidc-proof';
import { SnsEndpoints } from './sns-endpoints';
import { SnsProof } from './sns-proof';

/** What a source can be authenticated by beside secrets of its own. */
@Injectable()
export class RemoteProofs {
  private readonly issuers = new Map<string, IssuerKeys>();

  constructor(
    private readonly usedTokens: UsedTokenStore,
    private readonly endpoints: SnsEndpoints,
    private readonly clock: Clock,
  ) {}

  of({ kind, auth }: SourceSettings): readonly RemoteProof[] {
    const isGoogle = kind === 'gar';
    const rules = {
      issuers: isGoogle ? auth.issuers.map(withVerifiedEmail) : auth.issuers,
      singleUse: !isGoogle,
    };
    const { usedTokens, endpoints, clock } = this;
    const keysOf = (issuer: string): IssuerKeys => this.keysOf(issuer);
    const topic = auth.snsTopic;
    return [
      ...(rules.issuers.length === 0 ? [] : [new OidcProof(rules, { keysOf, usedTokens, clock })]),
      ...(topic === undefined ? [] : [new SnsProof(topic, endpoints, clock)]),
    ];
  }

  /** Sources of one issuer share its keys. */
  private keysOf(issuer: string): IssuerKeys {
    const known = this.issuers.get(issuer) ?? new IssuerKeys(issuer, this.clock);
    this.issuers.set(issuer, known);
    return known;
  }
}

/** Without it a token of Google may carry the address of somebody else. */
function withVerifiedEmail(issuer: IssuerSettings): IssuerSettings {
  return { ...issuer, claims: new Map([...issuer.claims, ['email_verified', 'true']]) };
}
