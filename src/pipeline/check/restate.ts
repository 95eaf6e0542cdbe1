import { fail, isObject, limits } from '../../base/index.ts'
import { REPORT } from '../../attestation/index.ts'
import type { VerifiedStatement } from '../../attestation/index.ts'
import type { ResolvedImage } from '../../assessment/index.ts'
import { signingErrors, verifySigned } from '../../signing/index.ts'
import type { TrustPolicy } from '../../signing/index.ts'
import { pipelineErrors } from '../errors.ts'
import { inFile } from './evidence.ts'

/** A file of `waybill check --evidence`: a Sigstore bundle on each line. */
export interface EvidenceFile {
  readonly where: string
  readonly bytes: Buffer
}

/** What is known of the source of a build. */
interface BuiltSource {
  readonly commit: string
  readonly dirty: boolean
}

const MAX_STATEMENTS = 1000

/**
 * Reads and verifies what was signed about the source of a build, as evidence on an image is verified.
 * @throws EVIDENCE_REFUSED for a bundle that is invalid, of an unknown signer or about another commit, and for a file
 * without any; SOURCE_DIRTY
 */
export function openEvidence(
  files: readonly EvidenceFile[],
  { commit, dirty }: BuiltSource,
  trust: TrustPolicy,
  now: Date,
): readonly VerifiedStatement[] {
  if (files.length > 0 && dirty)
    throw fail(pipelineErrors.SOURCE_DIRTY, {
      message: `The build is not of the commit ${commit.slice(0, 12)} alone, and the evidence is.`,
    })
  return files.flatMap(({ where, bytes }) =>
    linesOf(bytes, where).map((line, index) => {
      const content = { format: 'bundle', bytes: line, origin: inFile(line) } as const
      const judged = verifySigned(content, `gitCommit:${commit}`, trust, { now })
      if (!('state' in judged)) return judged
      const other = judged.code === signingErrors.SUBJECT_MISMATCH.code
      throw refused(
        other ? `It is not about the commit that is built, ${commit}.` : judged.reason,
        `${where}, line ${index + 1}`,
      )
    }),
  )
}

/** Attaches one statement, once; the answer says whether it was there already. */
export type Restate = (fact: {
  readonly image: ResolvedImage
  readonly predicateType: string
  readonly predicate: Readonly<Record<string, unknown>>
}) => Promise<{ readonly outcome: string }>

/**
 * Says about the image what was said about its source: the same predicate, signed anew, with the commit and the
 * statement that it repeats named in it.
 * @returns how many there are, and how many were not there before
 */
export async function restateEvidence(
  statements: readonly VerifiedStatement[],
  image: ResolvedImage,
  source: Pick<BuiltSource, 'commit'>,
  attach: Restate,
): Promise<{ readonly statements: number; readonly attached: number }> {
  let attached = 0
  for (const { statement, predicateType, payload } of statements) {
    const predicate = repeated(statement.predicate, { commit: source.commit, statement: payload })
    const { outcome } = await attach({ image, predicateType, predicate })
    if (outcome === 'attached') attached++
  }
  return { statements: statements.length, attached }
}

function repeated(predicate: Readonly<Record<string, unknown>>, source: object) {
  const facts = predicate[REPORT]
  if (!isObject(facts))
    throw fail(pipelineErrors.EVIDENCE_REFUSED, {
      message:
        'A statement about the source is of no report of Waybill, so it cannot be repeated about the image.',
    })
  return { ...predicate, [REPORT]: { ...facts, source } }
}

function linesOf(bytes: Buffer, where: string): readonly Buffer[] {
  if (bytes.length > limits.evidenceBytes)
    throw refused(`It has ${bytes.length} bytes, the limit is ${limits.evidenceBytes}.`, where)
  const lines = bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
  if (lines.length === 0 || lines.length > MAX_STATEMENTS)
    throw refused(`It has ${lines.length} lines, expected 1 to ${MAX_STATEMENTS} bundles.`, where)
  return lines.map((line) => Buffer.from(line))
}

function refused(message: string, where: string) {
  return fail(pipelineErrors.EVIDENCE_REFUSED, { message, where })
}
