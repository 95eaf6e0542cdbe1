import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { X509Certificate } from '@sigstore/core'

const CURVES: readonly unknown[] = ['prime256v1', 'secp384r1', 'secp521r1']
const RSA_MIN_BITS = 2048

/** The key of a certificate, when it is one that is strong enough to believe. */
export function certificateKey(certificate: X509Certificate): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: certificate.publicKey, format: 'der', type: 'spki' })
    const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
    const isStrong =
      key.asymmetricKeyType === 'rsa' ? modulusLength >= RSA_MIN_BITS : CURVES.includes(namedCurve)
    return isStrong ? key : undefined
  } catch {
    return undefined
  }
}
