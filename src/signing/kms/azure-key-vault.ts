import { createPublicKey } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'
import * as z from 'zod'
import { isObject, Lasting } from '../../base/index.ts'
import { azureToken } from '../../cloud/index.ts'
import type { Outgoing } from '../../cloud/index.ts'
import { askService, strange, unusable } from './ask-service.ts'
import type { Complaint, Meaning, Service } from './ask-service.ts'
import { derFromRaw } from './ecdsa-signature.ts'
import type { KeyServiceAccess, OpenRemoteKey } from './key-service.ts'
import { noIdentity, notAReference } from './kms-reference.ts'

const NAME = 'Azure Key Vault'
const REFERENCE = /^azurekms:\/\/([A-Za-z0-9.-]+)\/([A-Za-z0-9-]{1,127})(?:\/([A-Za-z0-9]{1,64})?)?$/
/** The token goes to the host in the reference: only to one of Microsoft's, and good for that service alone. */
const HOST =
  /^[a-z0-9-]+\.(vault\.azure\.net|vault\.azure\.cn|vault\.usgovcloudapi\.net|managedhsm\.azure\.net|managedhsm\.usgovcloudapi\.net|managedhsm\.azure\.cn)$/
const API = 'api-version=7.4'

// Key Vault REST, "Get Key": JsonWebKey (RFC 7517, without its private members) and attributes (Unix seconds).
const keyAnswer = z.object({
  key: z.object({
    kid: z.string(),
    kty: z.string(),
    crv: z.string().optional(),
    x: z.string().optional(),
    y: z.string().optional(),
    key_ops: z.array(z.string()).optional(),
  }),
  attributes: z.object({
    enabled: z.boolean().optional(),
    nbf: z.number().optional(),
    exp: z.number().optional(),
  }),
})
const signAnswer = z.object({ kid: z.string(), value: z.string() })

/** Azure Key Vault and Managed HSM: `azurekms://<vault host>/<key>[/<version>]`. */
export const openAzureKey: OpenRemoteKey = async (reference, access) => {
  const [, given = '', name = '', version = ''] = REFERENCE.exec(reference) ?? []
  const host = given.toLowerCase()
  const [, domain] = HOST.exec(host) ?? []
  if (!domain)
    throw notAReference(reference, 'azurekms://<vault>.vault.azure.net/<key>, with /<version> if it is fixed')
  const service = serviceAt(host, `https://${host}/keys/${name}`, domain, access)
  const wanted = new URL(`https://${host}/keys/${name}${version && `/${version}`}?${API}`)
  const found = await askService(service, 'public key', { method: 'GET', url: wanted, headers: {} }, access)
  const answer = keyAnswer.safeParse(found)
  if (!answer.success) throw strange(service, 'no key in the form of its documentation')
  const { key, attributes } = answer.data
  const kid = versionIn(key.kid, wanted, service)
  const pinned = { ...service, key: kid }
  mustBeUsable(pinned, key.key_ops, attributes)
  return {
    version: kid,
    publicKey: publicKeyOf(pinned, key),
    sign: (digest) => sign(pinned, digest, access),
  }
}

async function sign(service: Service, digest: Buffer, access: KeyServiceAccess): Promise<Buffer> {
  const body = Buffer.from(JSON.stringify({ alg: 'ES256', value: digest.toString('base64url') }))
  const headers = { 'content-type': 'application/json' }
  const url = new URL(`${service.key}/sign?${API}`)
  const answer = signAnswer.safeParse(
    await askService(service, 'signature', { method: 'POST', url, headers, body }, access),
  )
  if (!answer.success) throw strange(service, 'no signature in the form of its documentation')
  const { kid, value } = answer.data
  if (versionAt(kid) !== service.key) throw strange(service, `a signature by ${kid}`)
  const der = /^[\w-]+$/.test(value) ? derFromRaw(Buffer.from(value, 'base64url')) : undefined
  if (!der) throw strange(service, 'a signature that is not r‖s of 64 bytes')
  return der
}

/** The version in `kid` is what signs from now on. It must be of the vault and key that were asked for. */
function versionIn(kid: string, wanted: URL, service: Service): string {
  const found = versionAt(kid)
  // Names of keys are the same in any case; `kid` has the case they were made with.
  const [host, path] = [wanted.origin, wanted.pathname.toLowerCase()]
  const [, parent = ''] = /^(.*)\/[^/]+$/.exec(found ?? '') ?? []
  const asked = [found, parent].some((name) => name?.toLowerCase() === host + path)
  if (found !== undefined && asked) return found
  throw strange(service, `the key ${kid}`)
}

/** A complete identifier of a version, without a port that is the usual one; undefined when it is anything else. */
function versionAt(kid: string): string | undefined {
  const url = URL.canParse(kid) ? new URL(kid) : undefined
  if (!url || url.search || url.hash || url.username) return undefined
  return /^\/keys\/[A-Za-z0-9-]+\/[A-Za-z0-9]+$/.test(url.pathname) ? url.origin + url.pathname : undefined
}

function mustBeUsable(
  service: Service,
  operations: readonly string[] | undefined,
  { enabled, nbf, exp }: z.infer<typeof keyAnswer>['attributes'],
): void {
  const now = Date.now() / 1000
  if (enabled === false) throw unusable(service, 'is disabled')
  if (nbf !== undefined && nbf > now) throw unusable(service, `may not be used before ${day(nbf)}`)
  if (exp !== undefined && exp <= now) throw unusable(service, `expired on ${day(exp)}`)
  if (operations && !operations.includes('sign')) throw unusable(service, 'is not for signing (key_ops)')
}

function day(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? 'a day no calendar has' : date.toISOString()
}

function publicKeyOf(service: Service, { kty, crv, x, y }: z.infer<typeof keyAnswer>['key']): KeyObject {
  // An HSM's keys are told by their type (EC-HSM) and are the same otherwise.
  if (kty.replace(/-HSM$/, '') !== 'EC')
    throw unusable(service, `is of kind ${kty}, expected EC on curve P-256`)
  if (crv !== 'P-256') throw unusable(service, `is on curve ${crv}, expected P-256`)
  try {
    return createPublicKey({ key: { kty: 'EC', crv, x, y } as JsonWebKey, format: 'jwk' })
  } catch {
    throw strange(service, 'a public key that is no point on its curve')
  }
}

function serviceAt(host: string, key: string, domain: string, { env, send }: KeyServiceAccess): Service {
  const tokens = new Lasting<string>()
  const given = env.WAYBILL_AZURE_VAULT_TOKEN
  const fetch = async () => {
    const found = await azureToken(`https://${domain}/.default`, env, send)
    if (found) return { value: found.token, lasts: found.seconds * 1000 }
    throw noIdentity(NAME, key, IDENTITY)
  }
  const authorize = async (request: Outgoing, renew: boolean) => {
    const token = given || (await tokens.get(host, renew, fetch))
    return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } }
  }
  return { name: NAME, key, authorize, complaint, rights: RIGHTS }
}

const IDENTITY =
  'Set AZURE_TENANT_ID and AZURE_CLIENT_ID with AZURE_FEDERATED_TOKEN_FILE or AZURE_CLIENT_SECRET, run in a job of Azure Pipelines or GitHub Actions that may ask for a token, or put one into WAYBILL_AZURE_VAULT_TOKEN (az account get-access-token --resource https://vault.azure.net).'

const RIGHTS = {
  'public key':
    'Give this identity the right to get keys (Microsoft.KeyVault/vaults/keys/read, or "get" in the access policy), and let its network reach the vault.',
  signature:
    'Give this identity the right to sign (Microsoft.KeyVault/vaults/keys/sign/action, or "sign" in the access policy).',
}

/** `{ error: { code, message, innererror: { code } } }`, and why it is one of ours in `innererror`. */
function complaint(json: unknown): Complaint {
  const error = isObject(json) && isObject(json.error) ? json.error : {}
  const inner = isObject(error.innererror) ? error.innererror.code : undefined
  const code = [error.code, inner].filter((part) => typeof part === 'string').join(' ')
  const text = typeof error.message === 'string' ? error.message : ''
  const meaning: Meaning | undefined =
    inner === 'KeyDisabled' || inner === 'KeyExpired' || inner === 'KeyNotYetValid' ? 'unusable' : undefined
  return { code, text, meaning }
}
