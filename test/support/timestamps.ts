import { hash, sign } from 'node:crypto'
import { ASN1Obj } from '@sigstore/core'
import { authority, issue, nameOf, TIME_STAMPING } from './certificates.ts'
import type { CertificateShape, Issued } from './certificates.ts'
import { der } from './der.ts'

const SHA256 = '2.16.840.1.101.3.4.2.1'
const sha256 = (bytes: Uint8Array) => hash('sha256', bytes, 'buffer')

export interface StampOptions {
  readonly time: string
  /** Digest of what is stamped, in place of the signature's. */
  readonly imprint?: Buffer
  readonly nonce?: Buffer
  /** Leave the signing certificate out of the token. */
  readonly bare?: boolean
  readonly status?: number
  /** Sign with another key than the certificate's. */
  readonly key?: Issued
}

/** A time-stamp authority of our own, which also says what is not so. */
export class TestAuthority {
  readonly leaf: Issued
  /** What goes into `certificateChain`. */
  readonly chain: string
  /** The same with the signing certificate first, in DER. */
  readonly certificates: readonly Buffer[]

  constructor(name: string, shape: Partial<CertificateShape> = {}, ca: Partial<CertificateShape> = {}) {
    const { root, intermediate, pem } = authority(name, ca)
    this.leaf = issue({ name: `${name} tsa`, issuer: intermediate, usage: [TIME_STAMPING], ...shape })
    this.chain = pem
    this.certificates = [this.leaf, intermediate, root].map((each) => each.der)
    this.#issuer = intermediate.name
  }
  readonly #issuer: string

  /** An RFC 3161 response about `signature`. */
  stamp(signature: Uint8Array, options: StampOptions): Buffer {
    const info = der.sequence(
      der.integer(1),
      der.oid('1.3.6.1.4.1.99999.2'),
      der.sequence(
        der.sequence(der.oid(SHA256), der.null()),
        der.octets(options.imprint ?? sha256(signature)),
      ),
      der.integer(7),
      der.time(new Date(options.time)),
      ...(options.nonce ? [der.integer(options.nonce)] : []),
    )
    const token = der.sequence(
      der.oid('1.2.840.113549.1.7.2'),
      der.tagged(0, this.#signedData(info, options)),
    )
    return der.sequence(der.sequence(der.integer(options.status ?? 0)), token)
  }

  /** TimeStampReq → an answer as RFC 3161 has it. `change`: what is not so in it. */
  answer(query: Buffer, change: Partial<StampOptions> = {}): Buffer {
    const [, imprint, nonce] = ASN1Obj.parseBuffer(Buffer.from(query)).subs
    return this.stamp(Buffer.alloc(0), {
      time: new Date().toISOString(),
      imprint: imprint!.subs[1]!.value,
      nonce: nonce!.value,
      ...change,
    })
  }

  #signedData(info: Buffer, { bare, key }: StampOptions): Buffer {
    const digest = der.sequence(der.oid(SHA256))
    const attribute = (oid: string, value: Buffer) => der.sequence(der.oid(oid), der.set(value))
    const certificate = der.sequence(der.sequence(der.sequence(der.octets(sha256(this.leaf.der)))))
    const attributes = [
      attribute('1.2.840.113549.1.9.3', der.oid('1.2.840.113549.1.9.16.1.4')),
      attribute('1.2.840.113549.1.9.4', der.octets(sha256(info))),
      attribute('1.2.840.113549.1.9.16.2.47', certificate),
    ]
    const signature = sign('sha256', der.set(...attributes), (key ?? this.leaf).privateKey)
    const signer = der.sequence(
      der.integer(1),
      der.sequence(nameOf(this.#issuer), der.integer(this.leaf.serial)),
      digest,
      der.tagged(0, ...attributes),
      der.sequence(der.oid('1.2.840.10045.4.3.2')),
      der.octets(signature),
    )
    return der.sequence(
      der.integer(3),
      der.set(digest),
      der.sequence(der.oid('1.2.840.113549.1.9.16.1.4'), der.tagged(0, der.octets(info))),
      ...(bare ? [] : [der.tagged(0, this.leaf.der)]),
      der.set(signer),
    )
  }
}
