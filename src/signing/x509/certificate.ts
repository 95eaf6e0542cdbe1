import { X509Certificate } from '@sigstore/core'
import { fail } from '../../base/index.ts'
import { decodeBase64 } from '../base64.ts'
import { signingErrors } from '../errors.ts'

const BLOCK = /-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----/g
const MAX_TEXT = 256 * 1024
const MAX_CERTIFICATES = 32

export const extensions = {
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  extendedKeyUsage: '2.5.29.37',
} as const

/** PEM text with one certificate or more, and nothing but comments between them. @throws TRUST_INVALID */
export function readCertificates(text: string, where: string): readonly X509Certificate[] {
  const blocks = text.length <= MAX_TEXT ? [...text.matchAll(BLOCK)] : []
  if (blocks.length === 0 || blocks.length > MAX_CERTIFICATES)
    throw fail(signingErrors.TRUST_INVALID, {
      message: `Found ${blocks.length} certificates, expected 1 to ${MAX_CERTIFICATES} in PEM.`,
      where,
    })
  return blocks.map(([, body = ''], index) => {
    const certificate = parseCertificate(decodeBase64(body.replaceAll(/\s/g, '')))
    if (certificate) return certificate
    throw fail(signingErrors.TRUST_INVALID, { message: `Certificate ${index + 1} cannot be read.`, where })
  })
}

/** DER → certificate; undefined when it is none, a raw public key for example (GHSA-fx35-mq7g-6g98). */
export function parseCertificate(der: Buffer | undefined): X509Certificate | undefined {
  try {
    const certificate = der && X509Certificate.parse(Buffer.from(der))
    return certificate && isWhole(certificate) ? certificate : undefined
  } catch {
    return undefined
  }
}

/** The parser is lazy: what every use begins with, and that both places name one algorithm (RFC 5280 §4.1.1.2). */
function isWhole(certificate: X509Certificate): boolean {
  const { subject, issuer, notAfter, signatureAlgorithm, tbsCertificate, root } = certificate
  const [, outer] = root.subs
  const inner = tbsCertificate.subs[2]
  const isOne = outer !== undefined && inner?.toDER().equals(outer.toDER()) === true
  return Boolean(subject && issuer && notAfter && signatureAlgorithm) && isOne
}

/** URI and e-mail names of a certificate (RFC 5280 §4.2.1.6), as bytes: printed forms can be forged. */
export function alternativeNames(certificate: X509Certificate): readonly string[] {
  const names = certificate.extension(extensions.subjectAlternativeName)?.valueObj.subs[0]?.subs ?? []
  const [EMAIL, URI] = [1, 6]
  return names
    .filter(({ tag }) => tag.isContextSpecific(EMAIL) || tag.isContextSpecific(URI))
    .map(({ value }) => value.toString('latin1'))
}

/** Object identifiers of the extended key usage; undefined = no such extension. */
export function extendedKeyUsage(certificate: X509Certificate): readonly string[] | undefined {
  const extension = certificate.extension(extensions.extendedKeyUsage)
  return extension?.valueObj.subs[0]?.subs.map((usage) => usage.toOID())
}
