import type { KeyObject } from 'node:crypto'
import type { RetryOptions } from '../../base/index.ts'
import type { Send } from '../../cloud/index.ts'

/** What a key service is reached with. */
export interface KeyServiceAccess {
  /** Whose identity it is: variables that name cloud identities, and Vault's own. */
  readonly env: NodeJS.ProcessEnv
  readonly send: Send
  readonly retry?: RetryOptions | undefined
}

/** One version of one key that stays in a service. The public key and every signature are of this version. */
export interface RemoteKey {
  /** As the service names this version. */
  readonly version: string
  readonly publicKey: KeyObject
  /** SHA-256 digest → what the service answered, as DER. Nobody has verified it yet. */
  sign(digest: Buffer): Promise<Buffer>
}

/**
 * A reference → the version that signs from now on.
 * @throws KMS_REFERENCE_INVALID, KMS_IDENTITY_MISSING, KMS_DENIED, KMS_KEY_UNUSABLE, KMS_UNAVAILABLE,
 *   KMS_ANSWER_INVALID, KEY_INVALID, CLOUD_LOGIN_FAILED, CLOUD_BUSY
 */
export type OpenRemoteKey = (reference: string, access: KeyServiceAccess) => Promise<RemoteKey>
