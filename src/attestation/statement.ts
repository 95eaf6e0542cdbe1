import * as z from 'zod'
import { fail, isObject, parseJson } from '../base/index.ts'
import { hexOf } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { attestationErrors } from './errors.ts'

const STATEMENT_V1 = 'https://in-toto.io/Statement/v1'
const STATEMENT_V01 = 'https://in-toto.io/Statement/v0.1'
/** The only DSSE payload type sigstore-go accepts. */
export const IN_TOTO_PAYLOAD = 'application/vnd.in-toto+json'

const HEX = /^(?:[0-9a-fA-F]{2})+$/
const MAX_SUBJECTS = 1024
const MAX_DIGESTS = 32
const hexDigest = z.string().regex(HEX, 'digest values are hex')

// strictObject: sigstore-go parses with protojson, which refuses unknown fields here.
const subject = z.strictObject({
  name: z.string().optional(),
  uri: z.string().optional(),
  digest: z
    .record(z.string(), hexDigest)
    .refine((map) => Object.keys(map).length <= MAX_DIGESTS, `at most ${MAX_DIGESTS} digests`),
  content: z.string().optional(),
  downloadLocation: z.string().optional(),
  mediaType: z.string().optional(),
  annotations: z.record(z.string(), z.unknown()).optional(),
})

const statement = z.strictObject({
  _type: z.union([z.literal(STATEMENT_V1), z.literal(STATEMENT_V01)]),
  subject: z.array(subject).min(1).max(MAX_SUBJECTS),
  predicateType: z.string().min(1),
  predicate: z.record(z.string(), z.unknown()).default({}),
})

/** in-toto Statement (attestation/spec/v1/statement.md). */
export type Statement = z.infer<typeof statement>

/**
 * Payload bytes of a DSSE envelope → Statement, strictly.
 * @throws JSON_INVALID, STATEMENT_INVALID
 */
export function parseStatement(payload: Uint8Array, where: string): Statement {
  const json = parseJson(payload, where)
  if (isPlain(json)) return json
  const read = statement.safeParse(json)
  if (read.success) return read.data
  const issue = read.error.issues[0]
  throw fail(attestationErrors.STATEMENT_INVALID, {
    message: `Not an in-toto Statement: ${issue?.path.join('.') || 'top level'}: ${issue?.message}.`,
    where,
  })
}

/**
 * The form nearly all statements have: every verification asks for it, so it is told without the schema, which accepts
 * it too and says of others what is wrong.
 */
function isPlain(json: unknown): json is Statement {
  if (!isObject(json) || Object.keys(json).length !== 4) return false
  const { _type, subject: subjects, predicateType, predicate } = json
  return (
    (_type === STATEMENT_V1 || _type === STATEMENT_V01) &&
    typeof predicateType === 'string' &&
    predicateType !== '' &&
    isObject(predicate) &&
    !Object.hasOwn(predicate, '__proto__') &&
    Array.isArray(subjects) &&
    subjects.length > 0 &&
    subjects.length <= MAX_SUBJECTS &&
    subjects.every(isPlainSubject)
  )
}

function isPlainSubject(json: unknown): boolean {
  if (!isObject(json) || !isObject(json.digest) || Object.hasOwn(json.digest, '__proto__')) return false
  const named = Object.hasOwn(json, 'name')
  if (Object.keys(json).length !== (named ? 2 : 1) || (named && typeof json.name !== 'string')) return false
  const values = Object.values(json.digest)
  return values.length <= MAX_DIGESTS && values.every((value) => typeof value === 'string' && HEX.test(value))
}

/**
 * A Statement v1 about an image: the asked digest first, then (for an index) its platform manifests.
 * Subjects carry no location: after a promotion it would be false.
 */
export function makeStatement(
  subjects: readonly [Digest, ...Digest[]],
  predicateType: string,
  predicate: object,
): Statement {
  return {
    _type: STATEMENT_V1,
    subject: subjects.map((digest) => ({
      digest: { [digest.slice(0, digest.indexOf(':'))]: hexOf(digest) },
    })),
    predicateType,
    predicate: predicate as Record<string, unknown>,
  }
}

/** A commit as the subject of a statement (in-toto DigestSet: `gitCommit`), all hex digits of it. */
export type GitCommit = `gitCommit:${string}`

/** A Statement v1 about a commit. `url`: https address of the repository. */
export function makeCommitStatement(
  { url, commit }: { readonly url: string; readonly commit: string },
  predicateType: string,
  predicate: object,
): Statement {
  return {
    _type: STATEMENT_V1,
    subject: [{ name: `git+${url}`, digest: { gitCommit: commit } }],
    predicateType,
    predicate: predicate as Record<string, unknown>,
  }
}

/** True when one of the statement's subjects is exactly this digest, or this commit. */
export function isAbout(statement: Statement, subject: Digest | GitCommit): boolean {
  const at = subject.indexOf(':')
  const [algorithm, hex] = [subject.slice(0, at), subject.slice(at + 1)]
  return statement.subject.some((entry) => entry.digest[algorithm] === hex)
}

/** Reads a predicate through its schema. @throws STATEMENT_INVALID */
export function readPredicate<T>(schema: z.ZodType<T>, given: Statement, where: string): T {
  const read = schema.safeParse(given.predicate)
  if (read.success) return read.data
  const issue = read.error.issues[0]
  throw fail(attestationErrors.STATEMENT_INVALID, {
    message: `The predicate is not a valid ${given.predicateType}: ${issue?.path.join('.') || 'top level'}: ${issue?.message}.`,
    where,
  })
}
