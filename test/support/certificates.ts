import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { der } from './der.ts'

export const CODE_SIGNING = '1.3.6.1.5.5.7.3.3'
export const TIME_STAMPING = '1.3.6.1.5.5.7.3.8'
const ECDSA_SHA256 = '1.2.840.10045.4.3.2'

/** A certificate with its private key; without an issuer it signs itself. */
export interface Issued {
  readonly name: string
  readonly der: Buffer
  /** What its issuer signed. */
  readonly signed: Buffer
  readonly pem: string
  readonly privateKey: KeyObject
  readonly privateKeyPem: string
  readonly serial: Buffer
}

export interface CertificateShape {
  readonly name: string
  readonly issuer?: Issued
  readonly ca?: boolean
  readonly pathLength?: number
  /** Extended key usages. */
  readonly usage?: readonly string[]
  readonly usageCritical?: boolean
  /** Subject alternative names, URIs. */
  readonly uris?: readonly string[]
  readonly emails?: readonly string[]
  readonly start?: string
  readonly end?: string
  /** A critical extension nobody knows. */
  readonly unknown?: boolean
}

export function issue(shape: CertificateShape): Issued {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(7)])
  const algorithm = der.sequence(der.oid(ECDSA_SHA256))
  const toSign = der.sequence(
    der.tagged(0, der.integer(2)),
    der.integer(serial),
    algorithm,
    nameOf(shape.issuer?.name ?? shape.name),
    der.sequence(
      der.time(new Date(shape.start ?? '2020-01-01T00:00:00Z')),
      der.time(new Date(shape.end ?? '2040-01-01T00:00:00Z')),
    ),
    nameOf(shape.name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der.tagged(3, der.sequence(...extensionsOf(shape))),
  )
  const signature = sign('sha256', toSign, shape.issuer?.privateKey ?? privateKey)
  const bytes = der.sequence(toSign, algorithm, der.bits(signature))
  return {
    name: shape.name,
    der: bytes,
    signed: toSign,
    pem: pemOf('CERTIFICATE', bytes),
    privateKey,
    privateKeyPem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    serial,
  }
}

/** An authority: root and intermediate, for leaves to be issued by. */
export function authority(name: string, shape: Partial<CertificateShape> = {}) {
  const root = issue({ name: `${name} root`, ca: true })
  const intermediate = issue({ name: `${name} intermediate`, issuer: root, ca: true, ...shape })
  return { root, intermediate, pem: intermediate.pem + root.pem }
}

export function nameOf(text: string): Buffer {
  return der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.text(text))))
}

function extensionsOf(shape: CertificateShape): readonly Buffer[] {
  const { ca = false, pathLength, usage, uris = [], emails = [] } = shape
  const names = [
    ...uris.map((uri) => der.implicit(6, Buffer.from(uri))),
    ...emails.map((email) => der.implicit(1, Buffer.from(email))),
  ]
  const constraints = ca
    ? der.sequence(der.boolean(true), ...(pathLength === undefined ? [] : [der.integer(pathLength)]))
    : der.sequence()
  const keyUsage = ca ? der.bits(Buffer.from([0x06]), 1) : der.bits(Buffer.from([0x80]), 7)
  return [
    extension('2.5.29.19', true, constraints),
    extension('2.5.29.15', true, keyUsage),
    ...(usage
      ? [extension('2.5.29.37', shape.usageCritical ?? true, der.sequence(...usage.map(der.oid)))]
      : []),
    ...(names.length > 0 ? [extension('2.5.29.17', false, der.sequence(...names))] : []),
    ...(shape.unknown ? [extension('1.3.6.1.4.1.99999.1', true, der.null())] : []),
  ]
}

function extension(oid: string, critical: boolean, value: Buffer): Buffer {
  return der.sequence(der.oid(oid), ...(critical ? [der.boolean(true)] : []), der.octets(value))
}

function pemOf(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
