import { X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { fail } from '../base/index.ts'
import { parseBundle } from './bundle.ts'
import type { Bundle } from './bundle.ts'
import { contentOf } from './bundle-content.ts'
import type { BundleArtifactInput, Content, VerifiedBundle } from './bundle-content.ts'
import { signingErrors } from './errors.ts'
import { isSignedBy } from './public-key.ts'

/** What a bundle is verified with: a known key (and its log, if a root is given), or an identity under a root. */
export type BundleMaterial =
  | { readonly key: KeyObject; readonly trustedRoot?: unknown }
  | { readonly trustedRoot: unknown; readonly identity: string; readonly issuer: string }

/**
 * Verifies any Sigstore bundle against a key or a keyless identity, and, when an artifact is given, that it is about
 * that artifact. A bare signature needs the artifact's bytes.
 * @throws BUNDLE_INVALID, STATEMENT_INVALID, JSON_INVALID, SIGNATURE_INVALID, SIGNER_UNTRUSTED, SUBJECT_MISMATCH,
 * TRUST_INVALID
 */
export async function verifyBundle(
  bytes: Buffer,
  material: BundleMaterial,
  artifact: BundleArtifactInput = {},
): Promise<VerifiedBundle> {
  const where = 'bundle'
  const { bundle, json } = parseBundle(bytes, where)
  refuseRootCertificates(bundle, where)
  const content = contentOf(bundle, artifact, where)
  if ('key' in material) await verifyWithKey(bundle, json, content, material)
  else await verifyWithIdentity(bundle, json, content, material)
  return content.result
}

async function verifyWithKey(
  bundle: Bundle,
  json: unknown,
  content: Content,
  material: BundleMaterial & { key: KeyObject },
): Promise<void> {
  if (!bundle.verificationMaterial.publicKey)
    throw fail(
      signingErrors.SIGNER_UNTRUSTED,
      'The bundle carries a certificate, expected one made with a key.',
    )
  if (!isSignedBy(material.key, content.signed, content.signature))
    throw fail(signingErrors.SIGNATURE_INVALID, 'The signature is not by the given key over this content.')
  if (material.trustedRoot === undefined) return
  const { readTrustedRoot, verifyLogged } = await import('./keyless.ts')
  const root = readTrustedRoot(material.trustedRoot, 'trusted root')
  const publicKey = () => ({ publicKey: material.key, validFor: () => true })
  verifyLogged(json, { ...root, publicKey }, content.message)
}

async function verifyWithIdentity(
  bundle: Bundle,
  json: unknown,
  content: Content,
  material: BundleMaterial & { identity: string; issuer: string },
): Promise<void> {
  if (bundle.verificationMaterial.publicKey)
    throw fail(signingErrors.SIGNER_UNTRUSTED, 'The bundle was made with a key, expected a certificate.')
  const { readTrustedRoot, verifyKeyless } = await import('./keyless.ts')
  const root = readTrustedRoot(material.trustedRoot, 'trusted root')
  verifyKeyless(json, { root, subject: material.identity, issuer: material.issuer }, content.message)
}

/** Roots come from the trusted root only; one inside a bundle is there to be believed by mistake. */
function refuseRootCertificates(bundle: Bundle, where: string): void {
  const chain = bundle.verificationMaterial.x509CertificateChain?.certificates ?? []
  for (const { rawBytes } of chain) {
    const { issuer, subject } = certificate(rawBytes, where)
    if (issuer === subject) throw invalid('The bundle carries a root certificate', where)
  }
}

function certificate(der: Buffer, where: string): X509Certificate {
  try {
    return new X509Certificate(der)
  } catch (cause) {
    throw invalid('A certificate in the bundle cannot be read', where, cause)
  }
}

function invalid(message: string, where: string, cause?: unknown) {
  return fail(signingErrors.BUNDLE_INVALID, { message: `${message}.`, where, cause })
}
