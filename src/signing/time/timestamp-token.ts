import { hash, timingSafeEqual, verify } from 'node:crypto'
import { ASN1Obj } from '@sigstore/core'
import type { X509Certificate } from '@sigstore/core'
import { parseCertificate } from '../x509/certificate.ts'
import { certificateKey } from '../x509/certificate-key.ts'

const SIGNED_DATA = '1.2.840.113549.1.7.2'
const TST_INFO = '1.2.840.113549.1.9.16.1.4'
const attributes = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const

const HASHES: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}
/** Algorithms that name their hash themselves. */
const SIGNATURE_HASHES: Readonly<Record<string, string>> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
}
const RSA = '1.2.840.113549.1.1.1'
const MAX_BYTES = 64 * 1024
/** Each one may cost a signature check. */
const MAX_CERTIFICATES = 8

/** A time-stamp token, taken apart. Whose it is, the caller decides. */
export interface TimestampToken {
  readonly time: Date
  readonly nonce: bigint | undefined
  /** Certificates it brings along; none of them is trusted. */
  readonly certificates: readonly X509Certificate[]
  /** Is it about these bytes? */
  isAbout(data: Uint8Array): boolean
  /** Does it name this certificate as its signer's, and did its key make the signature? */
  isSignedBy(certificate: X509Certificate): boolean
}

/**
 * TimeStampResp (RFC 3161 §2.4.2), as bundles carry it → token. Every part has one place; what is elsewhere or twice
 * is refused.
 * @throws Error when the bytes are not a granted response in DER
 */
export function parseTimestamp(der: Buffer): TimestampToken {
  if (der.length > MAX_BYTES) throw new Error(`it has ${der.length} bytes, the limit is ${MAX_BYTES}`)
  const [status, contentInfo] = ASN1Obj.parseBuffer(Buffer.from(der)).subs
  const granted = at(status, 0).toInteger()
  if (granted !== 0n && granted !== 1n) throw new Error(`the authority answered with status ${granted}`)
  if (!contentInfo || at(contentInfo, 0).toOID() !== SIGNED_DATA) throw new Error('it is not signed data')
  const [, , content, ...rest] = at(at(contentInfo, 1), 0).subs
  if (at(content, 0).toOID() !== TST_INFO) throw new Error('it is about something else than a time')
  const info = at(at(content, 1), 0).value
  const signers = rest.at(-1)
  if (signers?.subs.length !== 1) throw new Error('it has not exactly one signer')
  const tst = ASN1Obj.parseBuffer(Buffer.from(info))
  const bundled = rest.find(({ tag }) => tag.isContextSpecific(0))?.subs ?? []
  return {
    time: generalizedTime(at(tst, 4)),
    nonce: tst.subs
      .slice(5)
      .find(({ tag }) => tag.isInteger())
      ?.toInteger(),
    certificates: bundled.slice(0, MAX_CERTIFICATES).flatMap((each) => parseCertificate(each.toDER()) ?? []),
    isAbout: (data) => isImprintOf(at(tst, 2), data),
    isSignedBy: (certificate) => isSignedBy(at(signers, 0), info, certificate),
  }
}

function at(parent: ASN1Obj | undefined, index: number): ASN1Obj {
  const child = parent?.subs[index]
  if (child) return child
  throw new Error('a part is missing')
}

function isImprintOf(imprint: ASN1Obj, data: Uint8Array): boolean {
  const algorithm = HASHES[at(at(imprint, 0), 0).toOID()]
  return algorithm !== undefined && same(hash(algorithm, data, 'buffer'), at(imprint, 1).value)
}

// RFC 3161 §2.4.2: seconds, a fraction if need be, and always Z.
function generalizedTime(given: ASN1Obj): Date {
  const text = given.tag.isGeneralizedTime() ? given.value.toString('latin1') : ''
  const [, year, month, day, hour, minute, second, fraction = ''] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,9})?Z$/.exec(text) ?? []
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${fraction.slice(0, 4)}Z`)
  if (Number.isNaN(time.getTime())) throw new Error('its time cannot be read')
  return time
}

/** SignerInfo (RFC 5652 §5.3): signed attributes are a must in a token (RFC 3161 §2.4.2). */
function isSignedBy(signer: ASN1Obj, info: Buffer, certificate: X509Certificate): boolean {
  const [, id, digest, signed, algorithm, signature] = signer.subs
  if (!id || !signed?.tag.isContextSpecific(0) || !signature) return false
  const digestHash = HASHES[at(digest, 0).toOID()]
  const name = at(algorithm, 0).toOID()
  const signatureHash = name === RSA ? digestHash : SIGNATURE_HASHES[name]
  const key = certificateKey(certificate)
  if (!digestHash || !signatureHash || !key || !namesSigner(id, certificate)) return false
  const one = (oid: string) => onlyAttribute(signed, oid)
  if (one(attributes.contentType)?.toOID() !== TST_INFO) return false
  const stated = one(attributes.messageDigest)
  if (!stated || !same(hash(digestHash, info, 'buffer'), stated.value)) return false
  if (!namesCertificate(one, certificate)) return false
  const bytes = signed.toDER()
  // RFC 5652 §5.4: signed as a SET, not under the tag it is stored with.
  bytes[0] = 0x31
  return verify(signatureHash, bytes, key, signature.value)
}

/** By issuer and serial number, or by subject key identifier. */
function namesSigner(id: ASN1Obj, certificate: X509Certificate): boolean {
  if (id.tag.isContextSpecific(0)) {
    const own = certificate.extSubjectKeyID?.keyIdentifier
    return own !== undefined && same(own, id.value)
  }
  return same(at(id, 0).value, certificate.issuer) && same(at(id, 1).value, certificate.serialNumber)
}

// ESSCertID and ESSCertIDv2 (RFC 5035): the signature covers which certificate it is to be checked with.
function namesCertificate(one: (oid: string) => ASN1Obj | undefined, certificate: X509Certificate): boolean {
  const v2 = one(attributes.signingCertificateV2)
  const given = v2 ?? one(attributes.signingCertificate)
  if (!given) return false
  const parts = at(at(given, 0), 0).subs
  const named = parts[0]?.tag.isOctetString() ? undefined : HASHES[at(parts[0], 0).toOID()]
  const certHash = parts[0]?.tag.isOctetString() ? parts[0] : parts[1]
  const algorithm = v2 ? (named ?? 'sha256') : 'sha1'
  return certHash !== undefined && same(hash(algorithm, certificate.root.toDER(), 'buffer'), certHash.value)
}

function onlyAttribute(signed: ASN1Obj, oid: string): ASN1Obj | undefined {
  const found = signed.subs.filter((each) => at(each, 0).toOID() === oid)
  const values = found.length === 1 ? at(found[0], 1).subs : []
  return values.length === 1 ? values[0] : undefined
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
