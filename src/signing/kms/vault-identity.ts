import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { confidentialUrl, fail, limits } from '../../base/index.ts'
import type { Fetched } from '../../base/index.ts'
import type { Send } from '../../cloud/index.ts'
import { signingErrors } from '../errors.ts'
import { noIdentity } from './kms-reference.ts'
import { askLogin } from './vault-login.ts'

/** Where Vault is. */
export interface VaultPlace {
  /** `https://host:port[/prefix]/v1`. */
  readonly api: string
  /** Where the transit engine is mounted. */
  readonly engine: string
  /** Of every request: the namespace, and that no browser sent it. */
  readonly headers: Readonly<Record<string, string>>
}

const PATH = /^\w[\w.-]*(?:\/\w[\w.-]*)*$/

/** From VAULT_ADDR (or BAO_ADDR), VAULT_NAMESPACE and TRANSIT_SECRET_ENGINE_PATH. @throws KMS_REFERENCE_INVALID */
export function vaultPlace(reference: string, env: NodeJS.ProcessEnv): VaultPlace {
  const url = confidentialUrl(env.VAULT_ADDR || env.BAO_ADDR || '')
  if (!url || url.search || url.hash)
    throw unclear(
      reference,
      'VAULT_ADDR',
      'an https address without user information (http only on this machine)',
    )
  const engine = env.TRANSIT_SECRET_ENGINE_PATH || 'transit'
  if (!PATH.test(engine)) throw unclear(reference, 'TRANSIT_SECRET_ENGINE_PATH', 'a path such as transit')
  const namespace = env.VAULT_NAMESPACE || env.BAO_NAMESPACE
  if (namespace && !/^[\w./-]+$/.test(namespace))
    throw unclear(reference, 'VAULT_NAMESPACE', 'a path such as team/ci')
  return {
    api: `${url.origin}${url.pathname.replace(/\/+$/, '')}/v1`,
    engine,
    headers: { 'x-vault-request': 'true', ...(namespace && { 'x-vault-namespace': namespace }) },
  }
}

/**
 * The token of this environment, as Vault's own command line finds it: VAULT_TOKEN, a login with a JWT where
 * VAULT_AUTH_ROLE names a role, or the file that `vault login` leaves.
 * @throws KMS_IDENTITY_MISSING, KMS_DENIED, KMS_UNAVAILABLE
 */
export async function vaultToken(
  place: VaultPlace,
  env: NodeJS.ProcessEnv,
  send: Send,
): Promise<Fetched<string>> {
  const given = env.VAULT_TOKEN || env.BAO_TOKEN
  if (given) return { value: given, lasts: Infinity }
  const { VAULT_AUTH_ROLE: role, VAULT_ID_TOKEN: token, VAULT_ID_TOKEN_FILE: file } = env
  if (role && (token || file)) {
    const path = env.VAULT_AUTH_PATH || 'jwt'
    if (!PATH.test(path)) throw unclear(place.api, 'VAULT_AUTH_PATH', 'a path such as jwt or kubernetes')
    const jwt = token || (await smallFile(file ?? ''))
    if (!jwt) throw unclear(place.api, 'VAULT_ID_TOKEN_FILE', 'a file with a token that can be read')
    return askLogin(place, { path, role, jwt }, send)
  }
  const left = env.HOME ? await smallFile(join(env.HOME, '.vault-token')) : undefined
  if (left) return { value: left, lasts: Infinity }
  throw noIdentity('Vault', place.api, IDENTITY)
}

const IDENTITY =
  'Set VAULT_TOKEN, log in with `vault login`, or set VAULT_AUTH_ROLE with VAULT_ID_TOKEN or VAULT_ID_TOKEN_FILE (and VAULT_AUTH_PATH if it is not jwt).'

async function smallFile(path: string): Promise<string | undefined> {
  try {
    const bytes = await readFile(path)
    return bytes.length <= limits.configFileBytes ? bytes.toString('utf8').trim() : undefined
  } catch {
    return undefined
  }
}

function unclear(where: string, variable: string, expected: string) {
  return fail(signingErrors.KMS_REFERENCE_INVALID, {
    message: `${variable}: expected ${expected}.`,
    where,
    next: `Set ${variable} as Vault's own command line takes it.`,
  })
}
