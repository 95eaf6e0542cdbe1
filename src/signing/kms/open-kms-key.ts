import { hash } from 'node:crypto'
import { fail } from '../../base/index.ts'
import { signingErrors } from '../errors.ts'
import type { KeySigner } from '../private-key.ts'
import { keyHint } from '../public-key.ts'
import { isDer } from './ecdsa-signature.ts'
import type { KeyServiceAccess, OpenRemoteKey } from './key-service.ts'

/** Whose key it is, by the scheme of its reference: the schemes of cosign. Loaded when first asked. */
const SERVICES: Readonly<Record<string, () => Promise<OpenRemoteKey>>> = {
  azurekms: async () => (await import('./azure-key-vault.ts')).openAzureKey,
  awskms: async () => (await import('./aws-kms.ts')).openAwsKey,
  gcpkms: async () => (await import('./google-kms.ts')).openGoogleKey,
  hashivault: async () => (await import('./vault-transit.ts')).openVaultKey,
}

/** A signer whose private key stays in a key service. */
export interface KmsSigner extends KeySigner {
  /** The version that signs, as the service names it. */
  readonly version: string
}

/** True for a reference with a scheme, `env:` aside: it names no file. */
export function isKeyService(reference: string): boolean {
  return /^(?!env:)[a-z][a-z0-9+.-]*:\/\//i.test(reference)
}

/**
 * `azurekms://`, `awskms://`, `gcpkms://` or `hashivault://` → a signer of one version of that key. The version is
 * read once, with its public key; a rotation meanwhile changes neither. Only ECDSA on P-256.
 * @throws see OpenRemoteKey
 */
export async function openKmsKey(reference: string, access: KeyServiceAccess): Promise<KmsSigner> {
  const scheme = reference.slice(0, reference.indexOf(':'))
  const load = Object.hasOwn(SERVICES, scheme) ? SERVICES[scheme] : undefined
  if (!load)
    throw fail(signingErrors.KMS_REFERENCE_INVALID, {
      message: `Found a key reference that begins with ${scheme}://, expected one of ${Object.keys(SERVICES).join(', ')}, or env://NAME or a file.`,
      where: reference,
    })
  const open = await load()
  const key = await open(reference, access)
  const { version, publicKey } = key
  mustBeP256(publicKey.asymmetricKeyDetails?.namedCurve ?? publicKey.asymmetricKeyType, version)
  return {
    version,
    publicKey,
    hint: keyHint(publicKey),
    sign: async (data) => {
      const signature = await key.sign(hash('sha256', data, 'buffer'))
      if (isDer(signature)) return signature
      throw fail(signingErrors.KMS_ANSWER_INVALID, {
        message: `The signature by ${version} is not one of ECDSA on P-256 in DER.`,
        where: reference,
      })
    },
  }
}

function mustBeP256(found: string | undefined, where: string): void {
  if (found === 'prime256v1') return
  throw fail(signingErrors.KEY_INVALID, {
    message: `Found a key of kind ${found}, expected ECDSA on curve P-256.`,
    where,
    next: 'Make a key for signing on curve P-256 in that service and name it instead.',
  })
}
