import { parseJson } from '../../base/index.ts'
import { predicateName, predicateUri } from '../../attestation/index.ts'
import type { VerifiedStatement } from '../../attestation/index.ts'
import type { Piece } from '../../assessment/index.ts'
import { hexOf } from '../../oci/index.ts'
import type { Digest } from '../../oci/index.ts'
import type { SignedContent } from '../../signing/index.ts'
import type { EvidenceFormat } from '../evidence-answer.ts'
import { envelopeIn, payloadIn } from './envelope.ts'

export interface FileToWrite {
  /** Name alone. */
  readonly file: string
  readonly bytes: Buffer
  readonly payloads: readonly Digest[]
}

export interface Exportable {
  readonly files: readonly FileToWrite[]
  readonly left: readonly { readonly manifest: Digest; readonly reason: string }[]
}

interface Valid {
  readonly content: SignedContent
  readonly statement: VerifiedStatement
}

/**
 * Evidence that counts, as files other tools read: the same evidence gives the same names and bytes.
 * @param type short name or URI of the predicate type; undefined = all
 */
export function exportFiles(
  pieces: readonly Piece[],
  format: EvidenceFormat,
  type: string | undefined,
): Exportable {
  const wanted = type === undefined ? undefined : (predicateUri(type) ?? type)
  const valid = validOf(pieces).filter(
    ({ statement }) => wanted === undefined || statement.predicateType === wanted,
  )
  const formed = valid.map((one) => ({ one, bytes: FORMS[format](one.content) }))
  const left = formed.flatMap(({ one, bytes }) =>
    bytes ? [] : [{ manifest: one.statement.origin.manifest, reason: LACKS[format] }],
  )
  const ready = formed.flatMap(({ one, bytes }) => (bytes ? [{ ...one, bytes }] : []))
  return { left, files: format === 'jsonl' ? oneFile(ready) : eachFile(ready, format) }
}

// Sorted, so that the one file of many is the same each time.
function validOf(pieces: readonly Piece[]): readonly Valid[] {
  const found = pieces.flatMap(({ content, judged }) =>
    content && !('state' in judged) ? [{ content, statement: judged }] : [],
  )
  const key = ({ statement }: Valid) => `${statement.payload} ${statement.signer.id}`
  return found.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

const FORMS: Readonly<Record<EvidenceFormat, (content: SignedContent) => Buffer | undefined>> = {
  dsse: (content) => {
    const envelope = envelopeIn(content)
    return envelope && Buffer.from(`${JSON.stringify(envelope)}\n`)
  },
  bundle: ({ format, bytes }) => (format === 'bundle' ? bytes : undefined),
  // One line each, whatever line breaks the signer's JSON had.
  jsonl: ({ format, bytes, origin }) =>
    format === 'bundle' ? Buffer.from(`${JSON.stringify(parseJson(bytes, origin.manifest))}\n`) : undefined,
  intoto: payloadIn,
}

const LACKS: Readonly<Record<EvidenceFormat, string>> = {
  dsse: 'a simple signature of cosign has no DSSE envelope',
  bundle: 'it was signed in the old form, which is no bundle',
  jsonl: 'it was signed in the old form, which is no bundle',
  intoto: 'a simple signature of cosign holds no statement',
}

type Ready = Valid & { readonly bytes: Buffer }

function oneFile(ready: readonly Ready[]): readonly FileToWrite[] {
  if (ready.length === 0) return []
  const payloads = ready.map(({ statement }) => statement.payload)
  return [{ file: 'evidence.jsonl', bytes: Buffer.concat(ready.map(({ bytes }) => bytes)), payloads }]
}

const ENDS = { dsse: 'dsse.json', bundle: 'sigstore.json', intoto: 'intoto.json' } as const

/** `pass-4f2a91c0d3b7e8f6.dsse.json`; with the signer's id where several signed the same. */
function eachFile(ready: readonly Ready[], format: Exclude<EvidenceFormat, 'jsonl'>): readonly FileToWrite[] {
  return ready.map(({ statement, bytes }) => {
    const { payload, predicateType, signer } = statement
    const isShared = ready.filter((other) => other.statement.payload === payload).length > 1
    const parts = [slug(predicateName(predicateType)), hexOf(payload).slice(0, 16)]
    const name = [...parts, ...(isShared ? [signer.id] : [])].join('-')
    return { file: `${name}.${ENDS[format]}`, bytes, payloads: [payload] }
  })
}

// A type may be any URI: nothing of it may leave the folder or mean anything in a shell.
function slug(name: string): string {
  const words = name.replace(/^[a-z]+:\/\//i, '').replaceAll(/[^A-Za-z0-9]+/g, '-')
  return words.replaceAll(/^-+|-+$/g, '').slice(0, 80) || 'evidence'
}
