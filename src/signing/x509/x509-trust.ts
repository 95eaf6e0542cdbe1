import type { X509Certificate } from '@sigstore/core'
import { digestOf } from '../../oci/index.ts'
import type { X509SignerTrust } from '../trust.ts'
import { alternativeNames, parseCertificate, readCertificates } from './certificate.ts'
import { chainFlaw } from './certificate-chain.ts'

/**
 * Certificates of an own authority, and whom it must have named → the test of a certificate. `content` is what the
 * policy's digest covers of it.
 * @throws TRUST_INVALID
 */
export function x509Trust(
  pem: string,
  identity: string,
  where: string,
): Pick<X509SignerTrust, 'flaw'> & { readonly content: readonly string[] } {
  const authorities = readCertificates(pem, where)
  return {
    flaw: (der, at) => certificateFlaw(parseCertificate(der), authorities, identity, at),
    content: authorities.map((certificate) => digestOf(certificate.root.toDER())).toSorted(),
  }
}

function certificateFlaw(
  leaf: X509Certificate | undefined,
  authorities: readonly X509Certificate[],
  identity: string,
  at: Date,
): string | undefined {
  try {
    if (!leaf) return 'its certificate cannot be read'
    if (!alternativeNames(leaf).includes(identity)) return `its certificate does not name ${identity}`
    return chainFlaw(leaf, authorities, 'codeSigning', at)
  } catch {
    return 'its certificate cannot be read'
  }
}
