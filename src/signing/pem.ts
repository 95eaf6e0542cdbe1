import { fail } from '../base/index.ts'
import { decodeBase64 } from './base64.ts'
import { signingErrors } from './errors.ts'

export interface PemBlock {
  readonly label: string
  readonly der: Buffer
}

const BLOCK = /^-----BEGIN ([A-Z0-9 ]{1,64})-----\s([A-Za-z0-9+/=\s]+)-----END \1-----$/
const MAX_TEXT = 64 * 1024

/** Text with exactly one PEM block and nothing else (RFC 7468) → its label and bytes. @throws KEY_INVALID */
export function readPem(text: string, where: string): PemBlock {
  const match = text.length <= MAX_TEXT ? BLOCK.exec(text.trim()) : undefined
  const [, label, body] = match ?? []
  const der = body === undefined ? undefined : decodeBase64(body.replaceAll(/\s/g, ''))
  if (label && der && der.length > 0) return { label, der }
  throw fail(signingErrors.KEY_INVALID, {
    message: 'Found text that is not one PEM block, expected one key between BEGIN and END lines.',
    where,
  })
}

/** Bytes → PEM with lines of 64 characters, as Go and OpenSSL write it. */
export function writePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
