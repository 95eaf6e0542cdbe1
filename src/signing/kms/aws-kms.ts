import { createPublicKey } from 'node:crypto'
import * as z from 'zod'
import { isObject, Lasting } from '../../base/index.ts'
import { awsKeys, signedHeaders } from '../../cloud/index.ts'
import type { AwsKeys, Outgoing } from '../../cloud/index.ts'
import { decodeBase64 } from '../base64.ts'
import { askService, strange, unusable } from './ask-service.ts'
import type { Complaint, Meaning, Service, Task } from './ask-service.ts'
import type { KeyServiceAccess, OpenRemoteKey } from './key-service.ts'
import { noIdentity, notAReference } from './kms-reference.ts'

const NAME = 'AWS KMS'
const ID = String.raw`(?:mrk-[0-9a-f]{32}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})`
const ALIAS = String.raw`alias\/[A-Za-z0-9/_-]{1,250}`
const ARN = String.raw`arn:(aws|aws-us-gov|aws-cn):kms:([a-z0-9-]{1,40}):\d{12}:`
const REFERENCE = new RegExp(
  String.raw`^awskms:\/\/([a-z0-9.-]+(?::\d{1,5})?)?\/(${ARN}(?:key\/${ID}|${ALIAS})|${ALIAS}|${ID})$`,
)
const KEY_ARN = new RegExp(`^${ARN}key/${ID}$`)
// An assumed role lasts an hour.
const LASTS = 1_800_000

const keyAnswer = z.object({
  KeyId: z.string(),
  PublicKey: z.string(),
  KeyUsage: z.string().optional(),
  KeySpec: z.string().optional(),
})
const signAnswer = z.object({ KeyId: z.string(), Signature: z.string() })

/**
 * AWS KMS: `awskms:///<key id | alias/… | ARN>`, with an endpoint's host in front of the path if it is not the
 * region's own. A KMS key has one version; an alias may be moved, so it is resolved once, to the key's ARN.
 */
export const openAwsKey: OpenRemoteKey = async (reference, access) => {
  const { url, region, domain, id } = parse(reference, access.env)
  const service = serviceAt(url, region, domain, id, access)
  const answer = keyAnswer.safeParse(await call(service, url, 'public key', { KeyId: id }, access))
  if (!answer.success) throw strange(service, 'no public key in the form of its documentation')
  const { KeyId: arn, PublicKey, KeyUsage, KeySpec } = answer.data
  if (!KEY_ARN.test(arn) || (!id.includes('alias/') && !arn.endsWith(id.toLowerCase())))
    throw strange(service, `the key ${arn}`)
  const pinned = { ...service, key: arn }
  if (KeyUsage !== undefined && KeyUsage !== 'SIGN_VERIFY')
    throw unusable(pinned, `is for ${KeyUsage}, expected SIGN_VERIFY`)
  if (KeySpec !== undefined && KeySpec !== 'ECC_NIST_P256')
    throw unusable(pinned, `is of kind ${KeySpec}, expected ECC_NIST_P256`)
  return {
    version: arn,
    publicKey: publicKeyOf(pinned, PublicKey),
    sign: (digest) => sign(pinned, url, digest, access),
  }
}

async function sign(service: Service, url: URL, digest: Buffer, access: KeyServiceAccess): Promise<Buffer> {
  const asked = {
    KeyId: service.key,
    Message: digest.toString('base64'),
    MessageType: 'DIGEST',
    SigningAlgorithm: 'ECDSA_SHA_256',
  }
  const answer = signAnswer.safeParse(await call(service, url, 'signature', asked, access))
  const signature = answer.success ? decodeBase64(answer.data.Signature) : undefined
  if (!answer.success || !signature) throw strange(service, 'no signature in the form of its documentation')
  if (answer.data.KeyId !== service.key) throw strange(service, `a signature by ${answer.data.KeyId}`)
  return signature
}

const TARGETS = { 'public key': 'TrentService.GetPublicKey', signature: 'TrentService.Sign' } as const

function call(
  service: Service,
  url: URL,
  task: Task,
  asked: object,
  access: KeyServiceAccess,
): Promise<unknown> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': TARGETS[task] }
  const body = Buffer.from(JSON.stringify(asked))
  return askService(service, task, { method: 'POST', url, headers, body }, access)
}

function parse(reference: string, env: NodeJS.ProcessEnv) {
  const [, endpoint, id, partition, own] = REFERENCE.exec(reference) ?? []
  const expected = 'awskms:///<key id, alias/NAME or ARN>'
  if (id === undefined) throw notAReference(reference, expected)
  const region = own ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? ''
  if (!/^[a-z0-9-]{1,40}$/.test(region))
    throw notAReference(
      reference,
      `${expected} of a known region`,
      'Name the key by its ARN, or set AWS_REGION.',
    )
  const chinese = partition === 'aws-cn' || (!partition && region.startsWith('cn-'))
  const domain = chinese ? 'amazonaws.com.cn' : 'amazonaws.com'
  return { url: new URL(`https://${endpoint ?? `kms.${region}.${domain}`}/`), region, domain, id }
}

function publicKeyOf(service: Service, text: string) {
  const der = decodeBase64(text)
  try {
    if (der) return createPublicKey({ key: der, format: 'der', type: 'spki' })
  } catch {
    // Said below.
  }
  throw strange(service, 'a public key that is not SPKI')
}

function serviceAt(
  url: URL,
  region: string,
  domain: string,
  key: string,
  { env, send }: KeyServiceAccess,
): Service {
  const held = new Lasting<AwsKeys>()
  const fetch = async () => ({ value: await awsKeys(env, send, region, domain), lasts: LASTS })
  const authorize = async (request: Outgoing, renew: boolean): Promise<Outgoing> => {
    const keys = await held.get(url.host, renew, fetch)
    if (!keys) throw noIdentity(NAME, key, IDENTITY)
    const unsigned = { ...request, body: request.body?.toString('utf8') ?? '' }
    return { ...request, headers: signedHeaders(unsigned, keys, { region, service: 'kms', now: new Date() }) }
  }
  return { name: NAME, key, authorize, complaint, rights: RIGHTS }
}

const IDENTITY =
  'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (with AWS_SESSION_TOKEN if they have one; `aws configure export-credentials --format env` prints them), or AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN.'

const RIGHTS = {
  'public key':
    'Allow kms:GetPublicKey on this key to the identity that asks; expired keys are to be renewed.',
  signature: 'Allow kms:Sign on this key to the identity that asks; expired keys are to be renewed.',
}

/** The errors of the KMS API that say more than their status 400. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ExpiredTokenException: 'expired',
  UnrecognizedClientException: 'denied',
  InvalidSignatureException: 'denied',
  MissingAuthenticationTokenException: 'denied',
  IncompleteSignatureException: 'denied',
  AccessDeniedException: 'denied',
  NotFoundException: 'missing',
  DisabledException: 'unusable',
  KMSInvalidStateException: 'unusable',
  InvalidKeyUsageException: 'unusable',
  ThrottlingException: 'busy',
  LimitExceededException: 'busy',
  KeyUnavailableException: 'busy',
  DependencyTimeoutException: 'busy',
  KMSInternalException: 'busy',
}

/** `{ __type: "[namespace#]Name", message | Message }`. */
function complaint(json: unknown): Complaint {
  const { __type: type, message, Message } = isObject(json) ? json : {}
  const code = typeof type === 'string' ? type.replace(/^.*#/, '') : ''
  const text = [message, Message].find((part) => typeof part === 'string') ?? ''
  return { code, text, meaning: Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined }
}
