import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { makeStatement, predicateTypes, REPORT } from '../../src/attestation/index.ts'
import type { Finding, ReportKind, VerifiedStatement } from '../../src/attestation/index.ts'
import { digestOf } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { evaluate, gatesSchema } from '../../src/policy/index.ts'
import type { Facts, GateVerdict } from '../../src/policy/index.ts'
import { AMD64, IMAGE, factsWith, signer, verified } from './policy-facts.ts'

export const ARM64 = digestOf('linux/arm64')

/** An image of two platforms. */
export function twoPlatforms(valid: readonly VerifiedStatement[]): Facts {
  const facts = factsWith(valid)
  const arm = {
    platform: { os: 'linux', architecture: 'arm64' },
    manifest: ARM64,
    config: digestOf('arm config'),
  }
  return { ...facts, image: { ...facts.image, platforms: [...facts.image.platforms, arm] } }
}

export interface Told {
  readonly kind: ReportKind
  readonly result?: 'PASSED' | 'WARNED' | 'FAILED'
  /** Default: the kind, as for a report that nobody named. */
  readonly name?: string
  readonly tool?: string
  readonly counts?: Readonly<Record<string, number>>
  readonly findings?: readonly Finding[]
  readonly finishedOn?: string
  readonly attestedOn?: string
  readonly provenOn?: string
  readonly by?: string
  /** Platform manifests it names besides the image. Default: none. */
  readonly about?: readonly Digest[]
  readonly predicate?: object
  readonly report?: object
}

/** A signed report, as `attest` would sign it. */
export function reported(told: Told): VerifiedStatement {
  const { kind, name = kind, tool = 'tool', counts = {}, findings, finishedOn, attestedOn } = told
  const report = {
    kind,
    tool: { name: tool },
    format: tool,
    digest: digestOf('report'),
    counts,
    ...(findings && { findings }),
    ...(finishedOn && { finishedOn }),
    ...(attestedOn && { attestedOn }),
    ...told.report,
  }
  const predicate = {
    result: told.result ?? 'PASSED',
    configuration: [{ name, annotations: counts }],
    ...told.predicate,
    [REPORT]: report,
  }
  const given = verified('test-result', predicate, signer(told.by ?? 'ci'))
  const subjects = [IMAGE, ...(told.about ?? [])] as const
  const statement = makeStatement(
    [subjects[0], ...subjects.slice(1)],
    predicateTypes['test-result'],
    predicate,
  )
  return { ...given, statement, provenOn: told.provenOn }
}

/** A scan that found these, counted as the readers count. */
export function scanned(
  kind: ReportKind,
  findings: readonly Finding[],
  more: Partial<Told> = {},
): VerifiedStatement {
  const live = findings.filter(({ suppressed }) => suppressed === undefined)
  const counts = { findings: live.length, suppressed: findings.length - live.length, ...more.counts }
  return reported({ kind, findings, result: live.length > 0 ? 'WARNED' : 'PASSED', ...more, counts })
}

/** `gate: what happens` → gate options, facts, and what `result: reason` must match. */
export type GateCase = readonly [name: string, gate: object, facts: Facts, verdict: RegExp]

/** Judges every case. */
export function judgeAll(gate: string, cases: readonly GateCase[]): void {
  describe(gate, () => {
    for (const [name, options, facts, expected] of cases)
      it(name, async () => {
        const { result, reason } = await judged({ [gate]: options }, facts)
        assert.match(`${result}: ${reason}`, expected)
      })
  })
}

/** A waiver of these findings of a gate, in force at NOW. */
export function waived(gate: string, findings: readonly string[], changes: object = {}): VerifiedStatement {
  const predicate = {
    application: 'ordersvc',
    environment: 'staging',
    gate,
    findings,
    reason: 'known',
    approver: 'security@example.com',
    createdOn: '2026-03-01T00:00:00Z',
    notAfter: '2026-04-01T00:00:00Z',
    ...changes,
  }
  return verified('waiver', predicate, signer('security'))
}

export async function judged(gate: object, facts: Facts): Promise<GateVerdict> {
  const [verdict] = (await evaluate(await gatesSchema.parseAsync([gate]), facts)).gates
  if (!verdict) throw new Error('one gate gives one verdict')
  return verdict
}

export { AMD64 }
