import * as z from 'zod'
import { gateResults, severities } from '../src/attestation/index.ts'
import type { DemoAnswer } from '../src/demo/index.ts'
import type { HistoryAnswer, StatusAnswer, TraceAnswer, VerifyAnswer } from '../src/insight/answers.ts'
import type { ScanOutcome } from '../src/pipeline/scan-outcome.ts'
import type { BuildOutcome } from '../src/pipeline/outcome.ts'
import type {
  AttachedFact,
  AttachedFacts,
  HoldAnswer,
  RepairAnswer,
  WaiversAnswer,
} from '../src/promotion/commands.ts'
import type { Outcome } from '../src/promotion/outcome.ts'
import type { CleanAnswer } from '../src/retention/clean-answer.ts'
import type { TrainAnswer } from '../src/promotion/train-answer.ts'
import { checkAgreement, checkSchemas } from './check-schemas.ts'
import { explainAgreement, explainSchemas } from './explain-schemas.ts'
import { copy, digest, evidence, gate, list, plumbingSchemas, recordedGate } from './plumbing-schemas.ts'
import type { Tells } from './plumbing-schemas.ts'
import { setupAgreement, setupSchemas } from './setup-schemas.ts'

// The public shape of every `-o json` document. Fields are added, never renamed; readers ignore what they do not know.
const promotionKind = z.enum(['promote', 'rollback', 'break-glass'])

const unknown = z.string().optional()
const packageState = z.object({ version: z.string().optional(), licences: list(z.string()) })
const packages = list(
  z.object({
    name: z.string(),
    purl: z.string().optional(),
    before: packageState.optional(),
    after: packageState.optional(),
  }),
)
const vulnerabilities = list(
  z.object({
    id: z.string(),
    severity: z.enum(severities),
    package: z.string().optional(),
    version: z.string().optional(),
    fixedIn: list(z.string()),
  }),
)
const delta = z.object({
  against: z.object({ digest, since: z.string(), version: z.string().optional() }).optional(),
  commits: z.object({
    unknown,
    from: z.string().optional(),
    to: z.string().optional(),
    count: z.int(),
    lost: z.int(),
    listed: list(
      z.object({
        commit: z.string(),
        author: z.string(),
        on: z.string(),
        subject: z.string(),
        pullRequests: list(z.int()),
      }),
    ),
  }),
  packages: z.object({
    unknown,
    counts: z.object({ added: z.int(), removed: z.int(), changed: z.int() }),
    added: packages,
    removed: packages,
    changed: packages,
  }),
  vulnerabilities: z.object({
    unknown,
    counts: z.object({ introduced: z.int(), fixed: z.int(), kept: z.int() }),
    introduced: vulnerabilities,
    fixed: vulnerabilities,
    kept: vulnerabilities,
    notes: list(z.string()),
  }),
  image: z.object({
    unknown,
    platforms: list(
      z.object({
        platform: z.string(),
        change: z.enum(['added', 'removed', 'changed', 'same']),
        sizeBefore: z.int().optional(),
        sizeAfter: z.int().optional(),
        changes: list(
          z.object({ what: z.string(), before: z.string().optional(), after: z.string().optional() }),
        ),
      }),
    ),
  }),
  manifests: z.object({
    unknown,
    files: list(z.object({ target: z.string(), path: z.string(), diff: z.string() })),
  }),
  tags: list(
    z.object({ tag: z.string(), mobility: z.enum(['immutable', 'floating']), before: digest.optional() }),
  ),
  missing: list(
    z.object({
      gate: z.string(),
      result: z.enum(gateResults),
      command: z.string().optional(),
      earliest: z.string().optional(),
    }),
  ),
  earliest: z.string().optional(),
})

const promotion = z.object({
  kind: z.literal('promotion'),
  outcome: z.enum(['promoted', 'already', 'refused', 'pending', 'error', 'planned', 'unproven']),
  action: z.enum(['promote', 'release', 'rollback']),
  application: z.string(),
  digest,
  from: z.string(),
  to: z.string(),
  repository: z.string(),
  verdict: z.object({ result: z.enum(['pass', 'fail', 'error', 'pending']), gates: list(gate) }),
  breakGlass: list(digest).optional(),
  version: z.string().optional(),
  copy: copy.optional(),
  record: digest.optional(),
  sequence: z.int().optional(),
  previous: digest.optional(),
  previousDigest: digest.optional(),
  tags: list(z.string()).optional(),
  keptTags: list(z.string()).optional(),
  delivery: list(
    z.object({
      target: z.string(),
      repository: z.string(),
      branch: z.string(),
      commit: z.string(),
      changed: list(z.string()),
    }),
  ).optional(),
  proof: z.object({ result: z.enum(['pass', 'fail']), reason: z.string(), mark: digest }).optional(),
  warnings: list(z.string()),
  delta: delta.optional(),
})

const identity = z.object({
  verified: z.boolean(),
  issuer: z.string().optional(),
  facts: list(z.enum(['source', 'commit', 'ref', 'event', 'builder', 'run'])),
})

const imageCheck = z.object({
  check: z.string(),
  kind: z.string(),
  platform: z.string(),
  digest,
  outcome: z.enum(['attached', 'already', 'planned']),
  summary: z.string(),
  counts: z.record(z.string(), z.number()),
  tool: z.object({ name: z.string(), version: z.string().optional(), digest: digest.optional() }),
  databaseOn: z.string().optional(),
  endOfLife: z.boolean().optional(),
  payload: digest.optional(),
})

const scan = z.object({
  kind: z.literal('scan'),
  outcome: z.enum(['attached', 'already', 'planned']),
  application: z.string(),
  repository: z.string(),
  digest,
  platforms: list(z.object({ platform: z.string(), digest })),
  checks: list(imageCheck),
})

const build = z.object({
  kind: z.literal('build'),
  outcome: z.enum(['built', 'already', 'planned', 'refused', 'pending', 'error']),
  application: z.string(),
  builder: z.string(),
  digest,
  mediaType: z.string(),
  platforms: list(z.object({ platform: z.string(), digest })),
  commit: z.string(),
  version: z.string().optional(),
  dirty: z.boolean(),
  identity,
  location: z.string(),
  tags: list(z.string()),
  provenance: digest.optional(),
  evidence: z.object({ statements: z.int(), attached: z.int() }).optional(),
  signature: digest.optional(),
  checks: list(imageCheck).optional(),
  admission: z
    .object({
      environment: z.string(),
      verdict: z.object({ result: z.enum(['pass', 'fail', 'error', 'pending']), gates: list(gate) }),
      left: list(z.string()),
      preview: z.boolean(),
    })
    .optional(),
  warnings: list(z.object({ code: z.string(), message: z.string() })).optional(),
})

const clean = z.object({
  kind: z.literal('clean'),
  outcome: z.enum(['cleaned', 'already', 'planned']),
  application: z.string(),
  repository: z.string(),
  images: list(
    z.object({
      digest,
      pullRequest: z.string().optional(),
      outcome: z.enum(['deleted', 'planned', 'kept']),
      reason: z.string().optional(),
      tags: list(z.string()),
      manifests: z.int(),
    }),
  ),
})

const factOf = <K extends string>(kind: K) =>
  z.object({
    kind: z.literal(kind),
    outcome: z.enum(['attached', 'already', 'planned', 'failed']),
    application: z.string(),
    environment: z.string().optional(),
    repository: z.string(),
    digest,
    predicateType: z.string(),
    payload: digest.optional(),
    manifest: digest.optional(),
    signer: z.string().optional(),
    platform: z.string().optional(),
    subjects: list(digest).optional(),
    predicate: z.record(z.string(), z.unknown()).optional(),
    summary: z.string(),
  })

const pass = factOf('pass')

const orderOutcome = z.enum(['written', 'already', 'planned', 'error'])
const hold = z.object({
  kind: z.literal('hold'),
  environment: z.string(),
  outcome: orderOutcome,
  places: list(
    z.object({
      application: z.string(),
      outcome: orderOutcome,
      repository: z.string().optional(),
      state: z.enum(['held', 'released', 'clear']).optional(),
      payload: digest.optional(),
      signer: z.string().optional(),
      summary: z.string(),
    }),
  ),
})

const waivers = z.object({
  kind: z.literal('waivers'),
  application: z.string(),
  environment: z.string(),
  repository: z.string(),
  waivers: list(
    z.object({
      gate: z.string(),
      findings: list(z.string()).optional(),
      packages: list(z.string()).optional(),
      digest: digest.optional(),
      state: z.enum(['in force', 'does not count']),
      why: z.string().optional(),
      by: z.string(),
      reason: z.string(),
      ticket: z.string().optional(),
      createdOn: z.string(),
      notAfter: z.string(),
      evenOnError: z.boolean().optional(),
      payload: digest,
    }),
  ),
})

const attestations = z.object({
  kind: z.literal('attestations'),
  application: z.string(),
  repository: z.string(),
  digest,
  attestations: list(factOf('attestation')),
})

const status = z.object({
  kind: z.literal('status'),
  applications: list(
    z.object({
      application: z.string(),
      environments: list(
        z.object({
          environment: z.string(),
          repository: z.string(),
          digest: digest.optional(),
          tags: list(z.string()),
          version: z.string().optional(),
          sequence: z.int().optional(),
          since: z.string().optional(),
          kind: promotionKind.optional(),
          passed: z.boolean(),
          drift: list(
            z.object({
              place: z.enum(['record', 'tag', 'git']),
              what: z.string(),
              found: z.string(),
              expected: z.string(),
            }),
          ),
          candidate: digest.optional(),
          hold: z
            .object({
              by: z.string(),
              since: z.string(),
              until: z.string().optional(),
              reason: z.string(),
              payload: digest,
            })
            .optional(),
          quarantined: list(z.object({ digest, by: z.string(), reason: z.string().optional() })).optional(),
          rollback: z.object({ digest, ready: z.boolean(), reason: z.string() }).optional(),
          problem: z.object({ code: z.string(), message: z.string() }).optional(),
        }),
      ),
    }),
  ),
})

const promotionEntry = z.object({
  application: z.string(),
  environment: z.string(),
  kind: promotionKind,
  sequence: z.int(),
  digest,
  record: digest,
  payload: digest,
  previous: z.object({ record: digest, payload: digest }).optional(),
  from: z.string(),
  repository: z.string(),
  tags: list(z.string()),
  version: z.string().optional(),
  commit: z.string().optional(),
  gates: list(recordedGate),
  approvals: list(digest),
  breakGlass: list(digest).optional(),
  policyDigest: digest,
  requestedBy: z.string().optional(),
  promoter: z.string(),
  signer: z.string(),
  finishedOn: z.string(),
  reason: z.string().optional(),
  current: z.boolean(),
})

const history = z.object({
  kind: z.literal('history'),
  application: z.string(),
  environment: z.string(),
  repository: z.string(),
  promotions: list(promotionEntry),
})

const trace = z.object({
  kind: z.literal('trace'),
  query: z.string(),
  digest,
  match: z.enum(['index', 'platform', 'config']),
  application: z.string(),
  commit: z.string().optional(),
  source: z.string().optional(),
  version: z.string().optional(),
  build: z
    .object({
      builder: z.string(),
      event: z.string().optional(),
      branch: z.string().optional(),
      author: z.string().optional(),
      invocation: z.string().optional(),
      finishedOn: z.string().optional(),
      signer: z.string(),
      payload: digest,
      identity,
    })
    .optional(),
  platforms: list(z.object({ platform: z.string(), manifest: digest, config: digest })),
  evidence: list(evidence),
  approvals: list(
    z.object({
      environment: z.string(),
      approver: z.string(),
      reason: z.string().optional(),
      at: z.string(),
      payload: digest,
    }),
  ),
  promotions: list(promotionEntry),
  running: list(z.object({ environment: z.string(), since: z.string(), repository: z.string() })),
})

const verification = z.object({
  kind: z.literal('verification'),
  reference: z.string(),
  digest,
  result: z.enum(['pass', 'fail', 'error']),
  checks: list(
    z.object({
      what: z.string(),
      result: z.enum(['pass', 'fail', 'error', 'note']),
      code: z.string().optional(),
      reason: z.string(),
      evidence: list(digest),
    }),
  ),
  evidence: list(evidence),
  promotions: list(promotionEntry),
})

const digests = z.record(z.string(), digest)
const demo = z.object({
  kind: z.literal('demo'),
  stages: list(z.object({ stage: z.string(), tags: digests, environments: digests })),
  refusals: list(z.object({ stage: z.string(), gate: z.string(), reason: z.string() })),
  rollback: z.object({ from: digest, to: digest }),
  tamperDetected: z.boolean(),
  released: digest,
  directory: z.string(),
  page: z.string(),
})

const repaired = z.enum(['whole', 'repaired', 'broken'])
const repair = z.object({
  kind: z.literal('repair'),
  outcome: repaired,
  images: list(
    z.object({
      environment: z.string().optional(),
      location: z.string(),
      digest,
      outcome: repaired,
      found: list(digest),
      left: list(digest),
      sources: list(z.object({ location: z.string(), moved: z.int(), failure: z.string().optional() })),
    }),
  ),
})

const error = z.object({
  kind: z.literal('error'),
  code: z.string(),
  message: z.string(),
  where: z.string().optional(),
  next: z.string(),
  detail: z.record(z.string(), z.unknown()),
})

const train = z.object({
  kind: z.literal('train'),
  outcome: z.enum(['done', 'refused', 'pending', 'error']),
  dryRun: z.boolean(),
  interrupted: z.boolean(),
  summary: z.object({
    items: z.int(),
    promoted: z.int(),
    copied: z.int(),
    already: z.int(),
    planned: z.int(),
    unproven: z.int(),
    refused: z.int(),
    pending: z.int(),
    error: z.int(),
    notStarted: z.int(),
    manifests: z.int(),
    blobs: z.int(),
    bytes: z.int(),
    mounted: z.int(),
    requests: z.int(),
  }),
  hosts: list(
    z.object({
      host: z.string(),
      repositories: z.int(),
      present: z.int(),
      move: z.int(),
      conflict: z.int(),
    }),
  ),
  items: list(
    z.object({
      item: z.string(),
      outcome: z.enum([...promotion.shape.outcome.options, 'copied', 'not-started']),
      promotion: promotion.optional(),
      image: z
        .object({
          source: z.string(),
          destination: z.string(),
          digest,
          tags: list(z.string()),
          copy: copy.optional(),
        })
        .optional(),
      error: error.optional(),
      reason: z.string().optional(),
    }),
  ),
})

/** By `kind`: one schema for every document that `-o json` prints. */
export const outputSchemas = {
  promotion,
  train,
  ...checkSchemas,
  build,
  scan,
  clean,
  approval: factOf('approval'),
  pass,
  attestation: factOf('attestation'),
  attestations,
  waiver: factOf('waiver'),
  'break-glass': factOf('break-glass'),
  waivers,
  hold,
  status,
  history,
  trace,
  verification,
  demo,
  repair,
  ...explainSchemas,
  ...setupSchemas,
  error,
  ...plumbingSchemas,
} as const

// Reports make attestations only; the type says so of all facts together.
type Attestations = Omit<AttachedFacts, 'attestations'> & {
  readonly attestations: readonly (AttachedFact & { readonly kind: 'attestation' })[]
}

/** Held by the compiler: the schemas above and the types of the code cannot part. */
export const agreement: readonly [
  Tells<Outcome, typeof promotion>,
  Tells<TrainAnswer, typeof train>,
  Tells<BuildOutcome, typeof build>,
  Tells<ScanOutcome, typeof scan>,
  Tells<CleanAnswer, typeof clean>,
  Tells<AttachedFact & { readonly kind: 'pass' }, typeof pass>,
  Tells<Attestations, typeof attestations>,
  Tells<StatusAnswer, typeof status>,
  Tells<HistoryAnswer, typeof history>,
  Tells<TraceAnswer, typeof trace>,
  Tells<VerifyAnswer, typeof verification>,
  Tells<DemoAnswer, typeof demo>,
  Tells<RepairAnswer, typeof repair>,
  Tells<HoldAnswer, typeof hold>,
  Tells<WaiversAnswer, typeof waivers>,
  ...typeof checkAgreement,
  ...typeof explainAgreement,
  ...typeof setupAgreement,
] = [
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  ...checkAgreement,
  ...explainAgreement,
  ...setupAgreement,
]

/** schemas/output/<kind>.schema.json, by path from the repository root. */
export function outputSchemaFiles(): ReadonlyMap<string, string> {
  const entries = Object.entries(outputSchemas).map(([kind, schema]) => {
    const body = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
    const text = JSON.stringify({ title: `waybill -o json: ${kind}`, ...body }, null, 2)
    return [`schemas/output/${kind}.schema.json`, `${text}\n`] as const
  })
  return new Map(entries)
}
