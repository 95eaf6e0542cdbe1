import * as z from 'zod'
import { isObject, Lasting } from '../../base/index.ts'
import type { Outgoing } from '../../cloud/index.ts'
import { decodeBase64 } from '../base64.ts'
import { readPublicKey } from '../public-key.ts'
import { askService, strange, unusable } from './ask-service.ts'
import type { Complaint, Service } from './ask-service.ts'
import type { KeyServiceAccess, OpenRemoteKey } from './key-service.ts'
import { notAReference } from './kms-reference.ts'
import { vaultPlace, vaultToken } from './vault-identity.ts'
import type { VaultPlace } from './vault-identity.ts'

const NAME = 'Vault'
const REFERENCE = /^hashivault:\/\/([A-Za-z0-9_](?:[\w.-]*\w)?)(?:\/([1-9]\d{0,8}))?$/
const KIND = 'ecdsa-p256'

// Vault API, transit "Read key" and "Sign data"; OpenBao's are the same.
const keyAnswer = z.object({
  data: z.object({
    type: z.string(),
    latest_version: z.int().min(1),
    keys: z.record(z.string(), z.unknown()),
  }),
})
const publicPart = z.object({ public_key: z.string().min(1) })
const signAnswer = z.object({ data: z.object({ signature: z.string() }) })

/** HashiCorp Vault's and OpenBao's transit engine: `hashivault://<key>[/<version>]`; without a version the newest. */
export const openVaultKey: OpenRemoteKey = async (reference, access) => {
  const [, name = '', given] = REFERENCE.exec(reference) ?? []
  if (!name) throw notAReference(reference, 'hashivault://<key>, with /<version> if it is fixed')
  const place = vaultPlace(reference, access.env)
  const service = serviceAt(place, `${place.engine}/keys/${name}`, access)
  const url = new URL(`${place.api}/${service.key}`)
  const found = await askService(service, 'public key', { method: 'GET', url, headers: {} }, access)
  const answer = keyAnswer.safeParse(found)
  if (!answer.success) throw strange(service, 'no key in the form of its documentation')
  const { type, latest_version: latest, keys } = answer.data.data
  if (type !== KIND) throw unusable(service, `is of kind ${type}, expected ${KIND}`)
  const version = given ?? String(latest)
  if (!Object.hasOwn(keys, version))
    throw unusable(service, `has no version ${version} that may be used (its newest is ${latest})`)
  const part = publicPart.safeParse(keys[version])
  if (!part.success) throw strange(service, `no public key of version ${version}`)
  const pinned = { ...service, key: `${service.key} version ${version}` }
  return {
    version: `${place.engine}/keys/${name}/${version}`,
    publicKey: readPublicKey(part.data.public_key, pinned.key),
    sign: (digest) => {
      const target = new URL(`${place.api}/${place.engine}/sign/${name}/sha2-256`)
      return sign(pinned, target, Number(version), digest, access)
    },
  }
}

async function sign(
  service: Service,
  url: URL,
  version: number,
  digest: Buffer,
  access: KeyServiceAccess,
): Promise<Buffer> {
  const asked = {
    input: digest.toString('base64'),
    prehashed: true,
    key_version: version,
    marshaling_algorithm: 'asn1',
  }
  const headers = { 'content-type': 'application/json' }
  const body = Buffer.from(JSON.stringify(asked))
  const answer = signAnswer.safeParse(
    await askService(service, 'signature', { method: 'POST', url, headers, body }, access),
  )
  const [, by, text = ''] = answer.success
    ? (/^[a-z]+:v(\d+):(.+)$/.exec(answer.data.data.signature) ?? [])
    : []
  const signature = decodeBase64(text)
  if (by === undefined || !signature) throw strange(service, 'no signature in the form of its documentation')
  if (Number(by) !== version) throw strange(service, `a signature by version ${by}`)
  return signature
}

function serviceAt(place: VaultPlace, key: string, { env, send }: KeyServiceAccess): Service {
  const tokens = new Lasting<string>()
  const authorize = async (request: Outgoing, renew: boolean) => {
    const token = await tokens.get(place.api, renew, () => vaultToken(place, env, send))
    const headers = {
      ...request.headers,
      ...place.headers,
      'x-vault-token': token ?? '',
    }
    return { ...request, headers }
  }
  const rights = {
    'public key': `Let this token's policy "read" ${key}; a token that ended is to be renewed.`,
    signature: `Let this token's policy "update" ${key.replace('/keys/', '/sign/')}/sha2-256; a token that ended is to be renewed.`,
  }
  return { name: NAME, key, authorize, complaint, rights }
}

/** `{ errors: [text] }`. A token that has ended and one that may not look the same: 403. */
function complaint(json: unknown): Complaint {
  const errors = isObject(json) && Array.isArray(json.errors) ? json.errors : []
  const text = errors.filter((each) => typeof each === 'string').join('; ')
  return { code: '', text, meaning: /invalid token|permission denied/.test(text) ? 'expired' : undefined }
}
