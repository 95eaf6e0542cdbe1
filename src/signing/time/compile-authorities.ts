import { digestOf } from '../../oci/index.ts'
import type { AuthorityEntry } from '../schema.ts'
import type { TrustPolicy } from '../trust.ts'
import { parseTrustedRoot, readTrustedRoot } from '../trusted-root.ts'
import { readCertificates } from '../x509/certificate.ts'
import { authorityOf, provenTime } from './authorities.ts'
import type { TimestampAuthority } from './authorities.ts'

/**
 * `timestampAuthorities` of a trust policy, with the files they name.
 * @param textOf the text of a file named there, or the text itself when it is PEM
 * @throws TRUST_INVALID
 */
export function compileAuthorities(
  entries: readonly AuthorityEntry[],
  textOf: (named: string) => string,
): Pick<TrustPolicy, 'provenTime'> & { readonly content: readonly unknown[] } {
  const authorities = entries.flatMap((entry) => authoritiesOf(entry, textOf))
  const content = authorities.map(canonical).toSorted()
  return { provenTime: (response, signature) => provenTime(response, signature, authorities), content }
}

function authoritiesOf(
  { certificateChain, trustedRoot, validFor }: AuthorityEntry,
  textOf: (named: string) => string,
): readonly TimestampAuthority[] {
  if (trustedRoot !== undefined) {
    const root = readTrustedRoot(parseTrustedRoot(textOf(trustedRoot), trustedRoot), trustedRoot)
    return root.timestampAuthorities.map(authorityOf)
  }
  const named = certificateChain ?? ''
  const place = named.includes('-----BEGIN ') ? 'timestampAuthorities' : named
  const start = validFor?.start === undefined ? undefined : new Date(validFor.start)
  const end = validFor?.end === undefined ? undefined : new Date(validFor.end)
  return [{ certificates: readCertificates(textOf(named), place), start, end }]
}

function canonical({ certificates, start, end }: TimestampAuthority): string {
  const digests = certificates.map((certificate) => digestOf(certificate.root.toDER()))
  return JSON.stringify([digests.toSorted(), start?.toISOString(), end?.toISOString()])
}
