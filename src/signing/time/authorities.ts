import type { X509Certificate } from '@sigstore/core'
import type { TrustMaterial } from '@sigstore/verify'
import { chainFlaw } from '../x509/certificate-chain.ts'
import { parseTimestamp } from './timestamp-token.ts'
import type { TimestampToken } from './timestamp-token.ts'

/** Who is believed about time, and when. */
export interface TimestampAuthority {
  /** The authority's certificates up to its root; the signing one may come with the token instead. */
  readonly certificates: readonly X509Certificate[]
  readonly start: Date | undefined
  readonly end: Date | undefined
}

/** An authority as a Sigstore trusted root lists it. */
export function authorityOf({
  certChain,
  validFor,
}: TrustMaterial['timestampAuthorities'][number]): TimestampAuthority {
  return { certificates: certChain, ...validFor }
}

/**
 * RFC 3161 response about a signature → when one of the authorities saw that signature; undefined when none did. A
 * timestamp nobody trusts is no proof and no harm: it only proves nothing.
 */
export function provenTime(
  response: Buffer,
  signature: Uint8Array,
  authorities: readonly TimestampAuthority[],
): Date | undefined {
  try {
    const token = parseTimestamp(response)
    if (!token.isAbout(signature)) return undefined
    return authorities.some((authority) => isBy(token, authority)) ? token.time : undefined
  } catch {
    // Foreign bytes: whatever is wrong with them, they prove nothing.
    return undefined
  }
}

function isBy(token: TimestampToken, { certificates, start, end }: TimestampAuthority): boolean {
  if ((start && token.time < start) || (end && end < token.time)) return false
  const signers = [...certificates, ...token.certificates].filter((one) => token.isSignedBy(one))
  return signers.some((one) => chainFlaw(one, certificates, 'timeStamping', token.time) === undefined)
}
