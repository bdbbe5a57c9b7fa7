import { Column, Entity } from 'typeorm';
import { bigintColumn, textColumn } from '../database/columns';

/** A token of an issuer that authenticated a request. It does not sign the body, so it is bound to one. */
@Entity('used_tokens')
export class UsedTokenEntity {
  @Column({ ...textColumn('issuer'), primary: true })
  issuer!: string;

  /** The claim `jti`. */
  @Column({ ...textColumn('token_id'), primary: true })
  tokenId!: string;

  /** SHA-256 in hexadecimal. */
  @Column(textColumn('body_hash'))
  bodyHash!: string;

  /** When the token would be refused anyway. */
  @Column(bigintColumn('expires_at'))
  expiresAt!: number;
}
