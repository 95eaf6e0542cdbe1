import { createHash, hash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { fail } from '../base/index.ts'
import { ociErrors } from './errors.ts'

declare const digestBrand: unique symbol

/** A validated content digest, `sha256:<64 hex>` or `sha512:<128 hex>` (OCI image-spec, descriptor.md). */
export type Digest = string & { readonly [digestBrand]: true }

const FORMS = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && FORMS.test(text)
}

/** @throws DIGEST_INVALID */
export function parseDigest(text: string, where?: string): Digest {
  if (isDigest(text)) return text
  const found = text.length > 140 ? `${text.slice(0, 140)}…` : text
  throw fail(ociErrors.DIGEST_INVALID, {
    message: `Found "${found}", expected sha256: followed by 64 lower-case hex digits.`,
    ...(where && { where }),
  })
}

/** The digest of bytes held in memory. */
export function digestOf(bytes: Uint8Array | string, algorithm: 'sha256' | 'sha512' = 'sha256'): Digest {
  return `${algorithm}:${hash(algorithm, bytes, 'hex')}` as Digest
}

export function algorithmOf(digest: Digest): 'sha256' | 'sha512' {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256'
}

export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1)
}

/** `sha256:44136fa355b3…` cut to 12 digits, for people. Never for comparing. */
export function shortDigest(digest: string): string {
  return hexOf(digest as Digest).slice(0, 12)
}

/** A running hash over a stream that knows what it must come to. */
export class DigestCheck {
  readonly #expected: { readonly digest: Digest; readonly size?: number }
  readonly #where: string
  readonly #hash: Hash
  #size = 0

  /** `begun`: a check of the same content to go on from, which stays as it is. */
  constructor(
    expected: { readonly digest: Digest; readonly size?: number },
    where: string,
    begun?: DigestCheck,
  ) {
    this.#expected = expected
    this.#where = where
    this.#hash = begun ? begun.#hash.copy() : createHash(algorithmOf(expected.digest))
    this.#size = begun?.size ?? 0
  }

  /** Bytes hashed so far. */
  get size(): number {
    return this.#size
  }

  /** A second check that stands where this one stands now; only before `finish`. */
  fork(): DigestCheck {
    return new DigestCheck(this.#expected, this.#where, this)
  }

  /** @throws SIZE_MISMATCH as soon as there are more bytes than the descriptor says */
  update(chunk: Uint8Array): void {
    this.#size += chunk.length
    if (this.#expected.size !== undefined && this.#size > this.#expected.size)
      throw this.#wrongSize('more than')
    this.#hash.update(chunk)
  }

  /** @throws SIZE_MISMATCH, DIGEST_MISMATCH */
  finish(): void {
    if (this.#expected.size !== undefined && this.#size !== this.#expected.size) throw this.#wrongSize('only')
    const found = `${algorithmOf(this.#expected.digest)}:${this.#hash.digest('hex')}`
    if (found === this.#expected.digest) return
    throw fail(ociErrors.DIGEST_MISMATCH, {
      message: `Content hashes to ${found}, expected ${this.#expected.digest}.`,
      where: this.#where,
    })
  }

  #wrongSize(how: string) {
    return fail(ociErrors.SIZE_MISMATCH, {
      message: `Found ${how} ${this.#size} bytes, the descriptor says ${this.#expected.size}.`,
      where: this.#where,
    })
  }
}

/** Checks bytes held in memory against a descriptor. @throws SIZE_MISMATCH, DIGEST_MISMATCH */
export function checkContent(
  bytes: Uint8Array,
  expected: { readonly digest: Digest; readonly size?: number },
  where: string,
): void {
  const check = new DigestCheck(expected, where)
  check.update(bytes)
  check.finish()
}
