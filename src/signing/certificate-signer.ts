import { createPublicKey } from 'node:crypto'
import { fail } from '../base/index.ts'
import { signingErrors } from './errors.ts'
import type { KeySigner } from './private-key.ts'
import { spki } from './public-key.ts'
import type { SealingSigner } from './signer.ts'
import { readCertificates } from './x509/certificate.ts'

/**
 * A key with the certificate that names its holder. What stands behind the certificate in the file is left out of
 * bundles: v0.3 carries one certificate, and verifiers take issuers from their trust policy.
 * @param pem the holder's certificate first
 * @throws KEY_INVALID when the certificate is for another key; TRUST_INVALID when it cannot be read
 */
export function certificateSigner(key: KeySigner, pem: string, where: string): SealingSigner {
  const [leaf] = readCertificates(pem, where)
  const certified = leaf && createPublicKey({ key: leaf.publicKey, format: 'der', type: 'spki' })
  if (!leaf || !certified || !spki(certified).equals(spki(key.publicKey)))
    throw fail(signingErrors.KEY_INVALID, {
      message: 'The certificate is for another key, expected the one that belongs to the private key.',
      where,
    })
  const certificate = { rawBytes: leaf.root.toDER().toString('base64') }
  return {
    seal: async ({ signed }) => ({
      signature: await key.sign(signed),
      publicKey: key.publicKey,
      material: { certificate },
    }),
  }
}
