import type { KeyObject } from 'node:crypto'
import * as z from 'zod'
import { isObject, Lasting } from '../../base/index.ts'
import { givenGoogleToken, googleFile, googleToken } from '../../cloud/index.ts'
import type { Outgoing } from '../../cloud/index.ts'
import { decodeBase64 } from '../base64.ts'
import { readPublicKey } from '../public-key.ts'
import { askService, strange, unusable } from './ask-service.ts'
import type { Complaint, Service } from './ask-service.ts'
import type { KeyServiceAccess, OpenRemoteKey } from './key-service.ts'
import { noIdentity, notAReference } from './kms-reference.ts'

const NAME = 'Google Cloud KMS'
const HOST = 'cloudkms.googleapis.com'
const PART = '[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}'
const REFERENCE = new RegExp(
  String.raw`^gcpkms:\/\/(projects\/${PART}\/locations\/${PART}\/keyRings\/${PART}\/cryptoKeys\/${PART})(?:\/(?:cryptoKeyVersions|versions)\/([1-9]\d{0,9}))?$`,
)
const ALGORITHM = 'EC_SIGN_P256_SHA256'
/** Pages of 100 enabled versions. */
const PAGES = 20

const listAnswer = z.object({
  cryptoKeyVersions: z.array(z.object({ name: z.string(), state: z.string() })).optional(),
  nextPageToken: z.string().optional(),
})
const keyAnswer = z.object({ pem: z.string(), algorithm: z.string(), name: z.string().optional() })
const signAnswer = z.object({ signature: z.string(), name: z.string() })

/**
 * Google Cloud KMS: `gcpkms://projects/…/locations/…/keyRings/…/cryptoKeys/…[/cryptoKeyVersions/<n>]`. Without a
 * version the newest enabled one signs, as with cosign; that takes the right to list them.
 */
export const openGoogleKey: OpenRemoteKey = async (reference, access) => {
  const [, key, given] = REFERENCE.exec(reference) ?? []
  if (key === undefined)
    throw notAReference(
      reference,
      'gcpkms://projects/P/locations/L/keyRings/R/cryptoKeys/K, with /cryptoKeyVersions/N if it is fixed',
    )
  const service = serviceFor(key, access)
  const number = given ?? (await newestEnabled(service, access))
  const pinned = { ...service, key: `${key}/cryptoKeyVersions/${number}` }
  return {
    version: pinned.key,
    publicKey: await publicKeyOf(pinned, access),
    sign: (digest) => sign(pinned, digest, access),
  }
}

async function newestEnabled(service: Service, access: KeyServiceAccess): Promise<string> {
  const names = await enabledVersions(service, access)
  const numbers = names.map((name) => Number(/\/cryptoKeyVersions\/([1-9]\d{0,9})$/.exec(name)?.[1] ?? 0))
  const newest = numbers.reduce((a, b) => Math.max(a, b), 0)
  if (newest > 0) return String(newest)
  throw unusable(service, 'has no enabled version')
}

async function enabledVersions(service: Service, access: KeyServiceAccess): Promise<readonly string[]> {
  const names: string[] = []
  const url = new URL(
    `https://${HOST}/v1/${service.key}/cryptoKeyVersions?filter=state%3DENABLED&pageSize=100`,
  )
  for (let page = 1; page <= PAGES; page++) {
    const request = { method: 'GET', url: new URL(url), headers: {} } as const
    const answer = listAnswer.safeParse(await askService(service, 'public key', request, access))
    if (!answer.success) throw strange(service, 'no list of versions in the form of its documentation')
    const { cryptoKeyVersions = [], nextPageToken } = answer.data
    names.push(...cryptoKeyVersions.filter(({ state }) => state === 'ENABLED').map(({ name }) => name))
    if (!nextPageToken) return names
    url.searchParams.set('pageToken', nextPageToken)
  }
  throw strange(service, `more than ${PAGES} pages of versions`)
}

async function publicKeyOf(service: Service, access: KeyServiceAccess): Promise<KeyObject> {
  const url = new URL(`https://${HOST}/v1/${service.key}/publicKey`)
  const found = await askService(service, 'public key', { method: 'GET', url, headers: {} }, access)
  const answer = keyAnswer.safeParse(found)
  if (!answer.success) throw strange(service, 'no public key in the form of its documentation')
  const { pem, algorithm, name = service.key } = answer.data
  if (name !== service.key) throw strange(service, `the key ${name}`)
  if (algorithm !== ALGORITHM) throw unusable(service, `is of kind ${algorithm}, expected ${ALGORITHM}`)
  return readPublicKey(pem, service.key)
}

/** The checksums of the API are not asked for: the signature itself is verified before anything is written. */
async function sign(service: Service, digest: Buffer, access: KeyServiceAccess): Promise<Buffer> {
  const url = new URL(`https://${HOST}/v1/${service.key}:asymmetricSign`)
  const headers = { 'content-type': 'application/json' }
  const body = Buffer.from(JSON.stringify({ digest: { sha256: digest.toString('base64') } }))
  const answer = signAnswer.safeParse(
    await askService(service, 'signature', { method: 'POST', url, headers, body }, access),
  )
  const signature = answer.success ? decodeBase64(answer.data.signature) : undefined
  if (!answer.success || !signature) throw strange(service, 'no signature in the form of its documentation')
  if (answer.data.name !== service.key) throw strange(service, `a signature by ${answer.data.name}`)
  return signature
}

function serviceFor(key: string, { env, send }: KeyServiceAccess): Service {
  const tokens = new Lasting<string>()
  const fetch = async () => {
    const file = givenGoogleToken(env) ? undefined : await googleFile(env)
    const found = givenGoogleToken(env) ?? (file && (await googleToken(file, send)))
    if (found) return { value: found.token, lasts: found.seconds * 1000 }
    throw noIdentity(NAME, key, IDENTITY)
  }
  const authorize = async (request: Outgoing, renew: boolean) => {
    const token = await tokens.get(HOST, renew, fetch)
    return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } }
  }
  return { name: NAME, key, authorize, complaint, rights: RIGHTS }
}

const IDENTITY =
  'Set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account, a federated identity or a login, or put an access token into GOOGLE_OAUTH_ACCESS_TOKEN (gcloud auth print-access-token).'

const RIGHTS = {
  'public key':
    'Give this identity cloudkms.cryptoKeyVersions.viewPublicKey on the key, and cloudkms.cryptoKeyVersions.list when the reference names no version.',
  signature: 'Give this identity cloudkms.cryptoKeyVersions.useToSign on the key (roles/cloudkms.signer).',
}

/** google.rpc.Status as JSON: `{ error: { code, status, message } }`. */
function complaint(json: unknown): Complaint {
  const error = isObject(json) && isObject(json.error) ? json.error : {}
  const { status, message } = error
  return {
    code: typeof status === 'string' ? status : '',
    text: typeof message === 'string' ? message : '',
  }
}
