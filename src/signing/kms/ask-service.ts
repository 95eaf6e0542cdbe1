import {
  defaultRetry,
  fail,
  parseRetryAfter,
  parseSecretJson,
  printableLine,
  retryAfter,
  retrying,
} from '../../base/index.ts'
import type { DeclaredError, WaybillError } from '../../base/index.ts'
import type { Incoming, Outgoing } from '../../cloud/index.ts'
import { signingErrors } from '../errors.ts'
import type { KeyServiceAccess } from './key-service.ts'

/** What a refusal means; `expired`: the credentials were good once. */
export type Meaning = 'expired' | 'denied' | 'missing' | 'unusable' | 'busy'

export interface Complaint {
  readonly code: string
  readonly text: string
  /** Where the service says more than the HTTP status does. */
  readonly meaning?: Meaning | undefined
}

/** One service, spoken to about one key. */
export interface Service {
  readonly name: string
  /** The key as the service names it, for messages. */
  readonly key: string
  /** Adds what proves who we are. `renew`: what was added before has expired. */
  readonly authorize: (request: Outgoing, renew: boolean) => Promise<Outgoing>
  /** What the JSON body of an error says. */
  readonly complaint: (json: unknown) => Complaint
  /** What to do when it is denied: the least right that each task needs. */
  readonly rights: Readonly<Record<Task, string>>
}

/** What a service is asked for, and how that is said. */
const TASKS = { 'public key': 'give the public key of', signature: 'sign with' } as const
export type Task = keyof typeof TASKS

/** One request and one answer, as JSON; retried while the service is busy. Redirects are refused: they would carry the token away. */
export async function askService(
  service: Service,
  task: Task,
  request: Outgoing,
  { send, retry = defaultRetry }: KeyServiceAccess,
): Promise<unknown> {
  const once = async (renew: boolean) => {
    const sent = await service.authorize(request, renew)
    return { sent, answer: await send(sent) }
  }
  return retrying(async () => {
    let { sent, answer } = await once(false)
    if (meaningOf(answer, service) === 'expired') ({ sent, answer } = await once(true))
    if (answer.status !== 200) throw refusal(service, task, answer, sent)
    const json = answer.body && parseSecretJson(answer.body, service.name)
    if (json === undefined)
      throw strange(service, answer.body ? 'what is not strict JSON' : 'more than a key service has to say')
    return json
  }, retry)
}

/** An answer that the service's documentation does not allow. */
export function strange(service: Pick<Service, 'name' | 'key'>, found: string): WaybillError {
  return fail(signingErrors.KMS_ANSWER_INVALID, {
    message: `${service.name} answered for ${service.key} with ${printableLine(found)}.`,
    where: service.key,
  })
}

/** The key is there, and cannot sign. */
export function unusable(service: Pick<Service, 'name' | 'key'>, why: string): WaybillError {
  return fail(signingErrors.KMS_KEY_UNUSABLE, {
    message: `${service.name}: ${service.key} ${printableLine(why)}.`,
    where: service.key,
  })
}

function refusal(service: Service, task: Task, answer: Incoming, sent: Outgoing): WaybillError {
  const { status } = answer
  const meaning = meaningOf(answer, service)
  if (status < 400) return strange(service, redirectOf(answer))
  const { code, text } = complaintIn(answer, service)
  const words = withoutSecrets([code, text].filter(Boolean).join(': '), sent)
  const said = printableLine(words.replace(/\.\s*$/, ''))
  const error = fail(declaredFor(meaning), {
    message: `${service.name} did not ${TASKS[task]} ${service.key}: ${status}${said && `, ${said}`}.`,
    where: service.key,
    ...((meaning === 'denied' || meaning === 'expired') && { next: service.rights[task] }),
    detail: { status, code },
  })
  const wait = parseRetryAfter(answer.header('retry-after'), new Date())
  if (wait !== undefined) retryAfter.set(error, wait)
  return error
}

function meaningOf(answer: Incoming, service: Service): Meaning | undefined {
  const { status } = answer
  if (status < 400) return undefined
  const { meaning } = complaintIn(answer, service)
  if (meaning) return meaning
  if (status === 408 || status === 429 || status >= 500) return 'busy'
  if (status === 401) return 'expired'
  if (status === 403) return 'denied'
  return status === 404 ? 'missing' : 'unusable'
}

function declaredFor(meaning: Meaning | undefined): DeclaredError {
  if (meaning === 'busy') return signingErrors.KMS_UNAVAILABLE
  return meaning === 'expired' || meaning === 'denied'
    ? signingErrors.KMS_DENIED
    : signingErrors.KMS_KEY_UNUSABLE
}

function complaintIn({ body }: Incoming, service: Service): Complaint {
  return service.complaint(body && parseSecretJson(body, service.name))
}

function redirectOf(answer: Incoming): string {
  const location = answer.header('location') ?? ''
  const place = URL.canParse(location) ? ` to ${new URL(location).host}` : ''
  return answer.status >= 300
    ? `a redirect${place} (${answer.status}), which is not followed: the credentials are for this host only`
    : `status ${answer.status}`
}

/** A service may repeat the request in its complaint; what it was sent to prove who we are must not end in a log. */
function withoutSecrets(text: string, { headers }: Outgoing): string {
  const secrets = ['authorization', 'x-vault-token', 'x-amz-security-token'].map(
    (name) => headers[name] ?? '',
  )
  const words = secrets.flatMap((value) => value.split(/[\s,]+/)).filter((word) => word.length >= 12)
  const hidden = words.reduce((rest, word) => rest.replaceAll(word, '[hidden]'), text)
  return hidden.replace(/[\w+=.~-]{64,}/g, '[hidden]')
}
