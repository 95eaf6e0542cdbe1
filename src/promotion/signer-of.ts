import type { Signer } from '../attestation/index.ts'
import type { KeySigner } from '../signing/index.ts'
import type { Parts } from './road.ts'

/** Who a key's holder is in the trust policy; a key nobody knows is called by its hint, and has no roles. */
export function signerOf({ hint }: KeySigner, { trust }: Pick<Parts, 'trust'>): Signer {
  const known = trust.signers.find((entry) => entry.kind === 'key' && entry.hint === hint)
  return { id: known?.id ?? hint, identity: known?.identity, roles: known?.roles ?? [] }
}

/** A signer's name for people. */
export function nameOf({ identity, id }: Signer): string {
  return identity ?? id
}
