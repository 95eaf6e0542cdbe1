import type { X509Certificate } from '@sigstore/core'
import { extendedKeyUsage, extensions } from './certificate.ts'

/** What a leaf certificate must be made for (RFC 5280 §4.2.1.12). */
export const purposes = { codeSigning: '1.3.6.1.5.5.7.3.3', timeStamping: '1.3.6.1.5.5.7.3.8' } as const

const ANY_PURPOSE = '2.5.29.37.0'
const MAX_DEPTH = 8
const UNDERSTOOD: readonly string[] = [
  extensions.keyUsage,
  extensions.subjectAlternativeName,
  extensions.basicConstraints,
  extensions.extendedKeyUsage,
]

/**
 * Why `leaf` does not count at a time under these authorities; undefined when it does. Every certificate up to the
 * one that is trusted must be valid then, not only the leaf (CVE-2026-24122). Issuers come from `authorities` only.
 */
export function chainFlaw(
  leaf: X509Certificate,
  authorities: readonly X509Certificate[],
  purpose: keyof typeof purposes,
  at: Date,
): string | undefined {
  const flaw = leafFlaw(leaf, purposes[purpose])
  if (flaw) return flaw
  const paths = pathsFrom(leaf, authorities, 0)
  if (paths.length === 0) return 'its certificate was issued by no authority of the trust policy'
  const flaws = paths.map((path) => pathFlaw(path, purposes[purpose], at))
  return flaws.includes(undefined) ? undefined : flaws[0]
}

type Path = readonly X509Certificate[]

/** Every way from a certificate to one that is trusted and has no further issuer here. */
function pathsFrom(certificate: X509Certificate, authorities: Path, depth: number): readonly Path[] {
  const isTrusted = authorities.some((authority) => authority.equals(certificate))
  if (isTrusted && certificate.subject.equals(certificate.issuer)) return [[certificate]]
  if (depth >= MAX_DEPTH) return []
  const issuers = authorities.filter(
    (authority) => authority.subject.equals(certificate.issuer) && certificate.verify(authority),
  )
  if (issuers.length === 0) return isTrusted ? [[certificate]] : []
  return issuers.flatMap((issuer) =>
    pathsFrom(issuer, authorities, depth + 1).map((path) => [certificate, ...path]),
  )
}

function leafFlaw(leaf: X509Certificate, purpose: string): string | undefined {
  const usage = extendedKeyUsage(leaf)
  if (!usage?.includes(purpose)) return 'its certificate was not issued for this purpose'
  // RFC 3161 §2.3: a time-stamping certificate serves nothing else, and says so critically.
  if (
    purpose === purposes.timeStamping &&
    (usage.length > 1 || !leaf.extension(extensions.extendedKeyUsage)?.critical)
  )
    return 'its certificate is not for time stamping alone'
  if (leaf.extBasicConstraints?.isCA) return 'its certificate is one of an authority'
  if (leaf.extKeyUsage && !leaf.extKeyUsage.digitalSignature)
    return 'its certificate is not for digital signatures'
  return undefined
}

function pathFlaw(path: Path, purpose: string, at: Date): string | undefined {
  for (const [depth, certificate] of path.entries()) {
    if (!certificate.validForDate(at))
      return `${depth === 0 ? 'its certificate' : 'a certificate above it'} is not valid at ${at.toISOString()}`
    if (unknownCondition(certificate)) return 'a certificate sets a condition Waybill cannot judge'
    if (depth > 0 && !mayIssue(certificate, depth, purpose)) return 'a certificate above it may not issue it'
  }
  return undefined
}

/** Depth: how many certificates stand below it. */
function mayIssue(authority: X509Certificate, depth: number, purpose: string): boolean {
  const { pathLenConstraint } = authority.extBasicConstraints ?? {}
  if (!authority.isCA || (pathLenConstraint !== undefined && pathLenConstraint < depth - 1)) return false
  const usage = extendedKeyUsage(authority)
  const isRoot = authority.subject.equals(authority.issuer)
  return isRoot || !usage || usage.includes(purpose) || usage.includes(ANY_PURPOSE)
}

/** RFC 5280 §4.2: a critical extension that is not understood must not be passed over. */
function unknownCondition(certificate: X509Certificate): boolean {
  if (certificate.extension(extensions.nameConstraints)) return true
  return certificate.extensions.some(
    ({ subs: [oid, critical, value] }) =>
      value !== undefined && critical?.toBoolean() && !UNDERSTOOD.includes(oid?.toOID() ?? ''),
  )
}
