import { digestOf } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import type {
  HistoryAnswer,
  PromotionEntry,
  StatusAnswer,
  TraceAnswer,
  VerifyAnswer,
} from '../../src/insight/answers.ts'
import type { EvidenceAnswer, EvidenceExport, StatementAnswer } from '../../src/insight/evidence-answer.ts'
import type { ReplayAnswer } from '../../src/insight/replay-answer.ts'
import type { RescanAnswer } from '../../src/insight/rescan-answer.ts'
import type { CheckOutcome } from '../../src/pipeline/check-outcome.ts'
import type { BuildOutcome } from '../../src/pipeline/outcome.ts'
import type { AttachedFact } from '../../src/promotion/commands.ts'
import type { Outcome } from '../../src/promotion/outcome.ts'
import type { PlanDelta } from '../../src/promotion/plan-delta.ts'
import type { TrainAnswer } from '../../src/promotion/train-answer.ts'
import type { CleanAnswer } from '../../src/retention/clean-answer.ts'
import type { DemoStory, TreeNode } from '../../src/report/index.ts'

/** A stable digest per name, so that golden texts stay the same. */
function sampleDigest(name: string): Digest {
  return digestOf(`sample ${name}`)
}

/** Text as a hostile commit, tag or test report would carry it. */
const hostile =
  '<script>alert(1)</script> \u001b[31mred\u001b[0m ##vso[task.setvariable]x ::set-output:: | `x` *b* @all \u202egnp.exe'

const image = sampleDigest('image')

function entry(environment: string, sequence: number, more: Partial<PromotionEntry> = {}): PromotionEntry {
  return {
    application: 'ordersvc',
    environment,
    kind: 'promote',
    sequence,
    digest: image,
    record: sampleDigest(`record ${environment} ${sequence}`),
    payload: sampleDigest(`payload ${environment} ${sequence}`),
    ...(sequence > 1 && {
      previous: {
        record: sampleDigest(`record ${environment} ${sequence - 1}`),
        payload: sampleDigest(`payload ${environment} ${sequence - 1}`),
      },
    }),
    from: 'build',
    repository: `${environment}.example.com/ordersvc`,
    tags: [environment],
    version: '1.4.0',
    commit: '4f2a91c0d3b7e8f6a5c4d3b2a190f8e7d6c5b4a3',
    gates: [],
    approvals: [],
    policyDigest: sampleDigest('policy'),
    promoter: 'waybill 0.1.0',
    signer: 'promotion',
    finishedOn: '2026-11-18T09:12:44Z',
    current: true,
    ...more,
  }
}

const devEntry = entry('dev', 2, {
  tags: ['git-4f2a91c', 'dev'],
  current: false,
  gates: [
    {
      gate: 'provenance',
      result: 'pass',
      reason: 'Built from a push to dev by the trusted builder; the source is github.com/contoso/ordersvc.',
      evidence: [sampleDigest('provenance')],
    },
    {
      gate: 'tests',
      result: 'pass',
      reason: 'Suite unit PASSED with 12 tests.',
      evidence: [sampleDigest('unit')],
    },
  ],
})

const stagingEntry = entry('staging', 1, {
  from: 'dev',
  tags: ['1.4.0-rc.1'],
  finishedOn: '2026-11-18T11:30:02Z',
  requestedBy: 'maria@contoso.example',
  gates: [
    {
      gate: 'passed',
      result: 'pass',
      reason: 'dev passed it on 2026-11-18 and it soaked there for 2h 17m, 30m are required.',
      evidence: [sampleDigest('dev passed')],
    },
    {
      gate: 'tests',
      result: 'pass',
      reason: 'Suite e2e PASSED with 31 tests.',
      evidence: [sampleDigest('e2e')],
    },
  ],
})

const prodEntry = entry('prod', 7, {
  from: 'staging',
  tags: ['1.4.0', '1.4', '1', 'stable'],
  finishedOn: '2026-11-20T13:05:59Z',
  requestedBy: 'release-bot',
  reason: 'Weekly release.',
  approvals: [sampleDigest('approval maria'), sampleDigest('approval deniz')],
  gates: [
    {
      gate: 'passed',
      result: 'pass',
      reason: 'staging passed it on 2026-11-19.',
      evidence: [sampleDigest('staging passed')],
    },
    {
      gate: 'approval',
      result: 'pass',
      reason: '2 of 2 approvals from release-manager, none by the author.',
      evidence: [sampleDigest('approval maria'), sampleDigest('approval deniz')],
    },
    {
      gate: 'cel',
      result: 'waived',
      reason: 'Waived until 2026-12-01 by ciso@contoso.example: coverage tool is down.',
      evidence: [],
    },
  ],
})

export const sampleTrace: TraceAnswer = {
  kind: 'trace',
  query: 'prod.example.com/ordersvc:stable',
  digest: image,
  match: 'index',
  application: 'ordersvc',
  commit: '4f2a91c0d3b7e8f6a5c4d3b2a190f8e7d6c5b4a3',
  source: 'https://github.com/contoso/ordersvc',
  version: '1.4.0',
  build: {
    builder: 'https://ci.example.com/contoso/builders/native',
    event: 'push',
    branch: 'dev',
    author: 'sam@contoso.example',
    invocation: 'https://ci.example.com/runs/8812',
    finishedOn: '2026-11-18T09:02:11Z',
    signer: 'ci',
    payload: sampleDigest('provenance'),
    identity: { verified: true, issuer: 'https://ci.example.com', facts: ['source', 'commit', 'ref'] },
  },
  platforms: [
    { platform: 'linux/amd64', manifest: sampleDigest('amd64'), config: sampleDigest('amd64 config') },
    { platform: 'linux/arm64', manifest: sampleDigest('arm64'), config: sampleDigest('arm64 config') },
  ],
  evidence: [
    evidence('provenance', 'ci', 'built from 4f2a91c0d3b7 on dev'),
    evidence('unit', 'ci', 'unit: PASSED, 12 tests', 'test-result'),
    evidence('e2e', 'ci', 'e2e: PASSED, 31 tests', 'test-result'),
    evidence('dev passed', 'promotion', 'dev PASSED', 'pass'),
    evidence('staging passed', 'promotion', 'staging PASSED', 'pass'),
    { ...evidence('stranger', 'unknown key', 'unit: PASSED, 999 tests', 'test-result'), state: 'foreign' },
    { ...evidence('broken', '', 'signature does not match', 'provenance'), state: 'invalid' },
  ],
  approvals: [
    {
      environment: 'prod',
      approver: 'maria@contoso.example',
      reason: 'checked the runbook',
      at: '2026-11-20T12:58:00Z',
      payload: sampleDigest('approval maria'),
    },
    {
      environment: 'prod',
      approver: 'deniz@contoso.example',
      at: '2026-11-20T13:01:00Z',
      payload: sampleDigest('approval deniz'),
    },
  ],
  promotions: [prodEntry, stagingEntry, devEntry],
  running: [
    { environment: 'staging', since: '2026-11-18T11:30:02Z', repository: 'staging.example.com/ordersvc' },
    { environment: 'prod', since: '2026-11-20T13:05:59Z', repository: 'prod.example.com/ordersvc' },
  ],
}

/** The same road, with everything long and hostile that could be in it. */
export const hostileTrace: TraceAnswer = {
  ...sampleTrace,
  query: hostile,
  application: `a-service-with-a-rather-long-name-that-somebody-thought-was-good ${hostile}`,
  source: `https://github.com/${'very-long-organisation/'.repeat(4)}${hostile}`,
  version: hostile,
  evidence: sampleTrace.evidence.map((one) => ({ ...one, summary: hostile, name: hostile, signer: hostile })),
  promotions: [
    entry('production-europe-west-1-canary-with-a-long-name', 12, {
      gates: [
        { gate: hostile, result: 'fail', reason: `${hostile} ${'long '.repeat(60)}`, evidence: [image] },
      ],
      reason: hostile,
      tags: [hostile],
      signer: hostile,
      requestedBy: hostile,
      kind: 'break-glass',
    }),
    entry('"><img src=x onerror=alert(1)>', 3, {
      kind: 'rollback',
      finishedOn: 'not a time <b>',
      from: hostile,
    }),
  ],
  running: [{ environment: '"><img src=x onerror=alert(1)>', since: hostile, repository: hostile }],
}

function evidence(name: string, signer: string, summary: string, kind = name) {
  return {
    predicateType: `https://example.com/${kind}`,
    name: kind,
    payload: sampleDigest(name),
    manifest: sampleDigest(`${name} manifest`),
    signer,
    summary,
    state: 'valid' as const,
    at: '2026-11-18T09:05:00Z',
  }
}

export const samplePromotion: Outcome = {
  kind: 'promotion',
  outcome: 'promoted',
  action: 'promote',
  application: 'ordersvc',
  digest: image,
  from: 'dev',
  to: 'staging',
  repository: 'staging.example.com/ordersvc',
  version: '1.4.0',
  verdict: {
    result: 'pass',
    gates: stagingEntry.gates.map((gate) => ({ ...gate, evidence: [...gate.evidence] })),
  },
  copy: { manifests: 3, blobs: 7, bytes: 52_428_800, mounted: 2, referrers: 5, requests: 41 },
  record: sampleDigest('record staging 1'),
  sequence: 1,
  previousDigest: sampleDigest('older image'),
  tags: ['1.4.0-rc.1'],
  keptTags: ['stable'],
  delivery: [
    {
      target: 'kustomize',
      repository: '../gitops.git',
      branch: 'main',
      commit: '9b1c2d3e4f5a69788796a5b4c3d2e1f001122334',
      changed: ['environments/staging/ordersvc/kustomization.yaml'],
    },
  ],
  proof: { result: 'pass', reason: './smoke.sh ended with 0', mark: sampleDigest('staging passed') },
  warnings: ['The registry has no referrers API; the fallback tag was written.'],
}

export const sampleRefusal: Outcome = {
  kind: 'promotion',
  outcome: 'refused',
  action: 'promote',
  application: 'ordersvc',
  digest: sampleDigest('bad image'),
  from: 'build',
  to: 'dev',
  repository: 'dev.example.com/ordersvc',
  verdict: {
    result: 'fail',
    gates: [
      {
        gate: 'provenance',
        result: 'fail',
        reason: 'Built for pull request 101; a pull-request build is never promotable.',
        evidence: [sampleDigest('pr provenance')],
      },
      { gate: 'tests', result: 'error', reason: `Could not read: ${hostile}`, evidence: [] },
    ],
  },
  warnings: [],
}

export const samplePending: Outcome = {
  ...sampleRefusal,
  outcome: 'pending',
  from: 'staging',
  to: 'prod',
  verdict: {
    result: 'pending',
    gates: [
      {
        gate: 'passed',
        result: 'pending',
        reason: 'staging passed it 12m ago, 30m of soak are required.',
        evidence: [],
        earliest: '2026-11-20T14:05:00Z',
      },
      {
        gate: 'approval',
        result: 'pending',
        reason: '1 of 2 approvals.',
        evidence: [sampleDigest('approval maria')],
        waitingFor: ['release-manager'],
      },
    ],
  },
}

export const sampleStatus: StatusAnswer = {
  kind: 'status',
  applications: [
    {
      application: 'ordersvc',
      environments: [
        {
          environment: 'dev',
          repository: 'dev.example.com/ordersvc',
          digest: sampleDigest('newer image'),
          tags: ['git-77aa01b', 'dev'],
          sequence: 3,
          since: '2026-11-20T08:00:00Z',
          kind: 'promote',
          passed: true,
          drift: [],
        },
        {
          environment: 'staging',
          repository: 'staging.example.com/ordersvc',
          digest: image,
          tags: ['1.4.0-rc.1'],
          version: '1.4.0',
          sequence: 1,
          since: '2026-11-18T11:30:02Z',
          kind: 'promote',
          passed: false,
          drift: [
            {
              place: 'git',
              what: 'kustomize environments/staging/ordersvc',
              found: sampleDigest('older image'),
              expected: image,
            },
          ],
          candidate: sampleDigest('newer image'),
          rollback: { digest: sampleDigest('older image'), ready: true, reason: 'passed and present' },
        },
        { environment: 'qa', repository: 'qa.example.com/ordersvc', tags: [], passed: false, drift: [] },
        {
          environment: 'prod',
          repository: 'prod.example.com/ordersvc',
          digest: image,
          tags: ['1.4.0', '1.4', '1', 'stable'],
          since: '2026-11-20T13:05:59Z',
          passed: true,
          drift: [],
          rollback: { digest: sampleDigest('older image'), ready: false, reason: 'a blob is missing' },
          problem: {
            code: 'CHAIN_BROKEN',
            message: `Record 6 names a predecessor that is not there. ${hostile}`,
          },
        },
      ],
    },
  ],
}

export const sampleHistory: HistoryAnswer = {
  kind: 'history',
  application: 'ordersvc',
  environment: 'prod',
  repository: 'prod.example.com/ordersvc',
  promotions: [
    prodEntry,
    entry('prod', 6, {
      kind: 'rollback',
      digest: sampleDigest('older image'),
      current: false,
      reason: hostile,
    }),
  ],
}

export const sampleVerification: VerifyAnswer = {
  kind: 'verification',
  reference: 'prod.example.com/ordersvc:stable',
  digest: image,
  result: 'fail',
  checks: [
    { what: 'image', result: 'pass', reason: 'Every manifest and blob hashes to its digest.', evidence: [] },
    {
      what: 'records of prod',
      result: 'fail',
      code: 'CHAIN_BROKEN',
      reason: hostile,
      evidence: [sampleDigest('record prod 7')],
    },
    { what: 'transparency log', result: 'note', reason: 'Not asked for.', evidence: [] },
    { what: 'approvals', result: 'error', reason: 'The registry did not answer.', evidence: [] },
  ],
  evidence: sampleTrace.evidence,
  promotions: [prodEntry],
}

export const sampleBuild: BuildOutcome = {
  kind: 'build',
  outcome: 'built',
  application: 'ordersvc',
  builder: 'native',
  digest: image,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  platforms: sampleTrace.platforms.map(({ platform, manifest }) => ({ platform, digest: manifest })),
  commit: '4f2a91c0d3b7e8f6a5c4d3b2a190f8e7d6c5b4a3',
  dirty: true,
  identity: { verified: false, facts: [] },
  location: 'registry.example.com/build/ordersvc',
  tags: ['git-4f2a91c'],
  provenance: sampleDigest('provenance'),
}

/** One of each, and one whose texts are hostile. */
export const sampleClean: CleanAnswer = {
  kind: 'clean',
  outcome: 'cleaned',
  application: 'ordersvc',
  repository: 'registry.example.com/build/ordersvc',
  images: [
    {
      digest: image,
      pullRequest: '101',
      outcome: 'deleted',
      tags: ['git-4f2a91c7', 'pr-101'],
      manifests: 6,
    },
    {
      digest: sampleDigest('promoted'),
      pullRequest: '101',
      outcome: 'kept',
      reason: 'it was promoted',
      tags: [],
      manifests: 0,
    },
    {
      digest: sampleDigest('hostile'),
      outcome: 'kept',
      reason: `it was built from ${hostile}`,
      tags: [],
      manifests: 0,
    },
  ],
}

export const sampleFact: AttachedFact = {
  kind: 'approval',
  outcome: 'attached',
  application: 'ordersvc',
  environment: 'prod',
  repository: 'staging.example.com/ordersvc',
  digest: image,
  predicateType: 'https://waybill.dev/approval/v1',
  payload: sampleDigest('approval maria'),
  manifest: sampleDigest('approval manifest'),
  signer: 'maria',
  summary: `maria approves prod: ${hostile}`,
}

const [a, b] = [sampleDigest('older image'), image]

export const sampleDemo: DemoStory = {
  stages: [
    {
      stage: 'pr-101',
      title: 'Pull request #101 is built',
      tags: { 'build:git-11aa22b': a },
      environments: {},
    },
    {
      stage: 'dev-1',
      title: '#101 is merged and goes to dev',
      tags: { 'build:git-33bb44c': a, 'dev:dev': a, 'dev:git-33bb44c': a },
      environments: { dev: a },
    },
    {
      stage: 'dev-2',
      title: '#102 is merged and goes to dev',
      tags: { 'dev:dev': b, 'dev:git-33bb44c': a, 'dev:git-4f2a91c': b },
      environments: { dev: b },
    },
    {
      stage: 'staging',
      title: 'The second one goes to staging as 1.4.0-rc.1',
      tags: { 'dev:dev': b, 'staging:1.4.0-rc.1': b },
      environments: { dev: b, staging: b },
    },
    {
      stage: 'prod',
      title: '1.4.0 is released',
      tags: {
        'dev:dev': b,
        'staging:1.4.0-rc.1': b,
        'prod:1.4.0': b,
        'prod:1.4': b,
        'prod:1': b,
        'prod:stable': b,
      },
      environments: { dev: b, staging: b, prod: b },
    },
  ],
  refusals: [
    {
      stage: 'pr-101',
      gate: 'provenance',
      reason: 'Built for pull request 101; a pull-request build is never promotable.',
    },
    { stage: 'bad candidate', gate: 'tests', reason: `Suite e2e FAILED: 1 of 31 tests. ${hostile}` },
  ],
  rollback: { from: b, to: a },
  tamper: {
    what: 'One byte of the record of prod was changed in the registry.',
    found: 'DIGEST_MISMATCH: content hashes to something else.',
  },
  trace: sampleTrace,
}

function node(name: string, more: Partial<TreeNode> = {}): TreeNode {
  return {
    digest: sampleDigest(name),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    size: 500,
    annotations: {},
    layers: [{ size: 3_145_728 }],
    children: [],
    referrers: [],
    ...more,
  }
}

export const sampleTree: { readonly reference: string; readonly root: TreeNode } = {
  reference: `prod.example.com/ordersvc@${image}`,
  root: node('image', {
    layers: [],
    children: [
      node('amd64', { platform: 'linux/amd64', referrers: [node('sbom', { artifactType: hostile })] }),
      node('arm64', { platform: 'linux/arm64', missing: true }),
    ],
    referrers: [
      node('provenance', {
        annotations: { 'dev.sigstore.bundle.predicateType': 'https://slsa.dev/provenance/v1' },
      }),
    ],
  }),
}

/** A train with one item of each kind, hostile words in it. */
export const sampleTrain: TrainAnswer = {
  kind: 'train',
  outcome: 'error',
  dryRun: false,
  interrupted: false,
  summary: {
    items: 6,
    promoted: 1,
    copied: 1,
    already: 0,
    planned: 0,
    unproven: 0,
    refused: 2,
    pending: 0,
    error: 1,
    notStarted: 1,
    manifests: 4,
    blobs: 12,
    bytes: 52_428_800,
    mounted: 3,
    requests: 214,
  },
  hosts: [{ host: 'eu.example.com', repositories: 2, present: 0, move: 1, conflict: 1 }],
  items: [
    { item: 'ordersvc → staging', outcome: 'promoted', promotion: samplePromotion },
    { item: 'paysvc → staging', outcome: 'refused', promotion: sampleRefusal },
    {
      item: 'shop → staging',
      outcome: 'error',
      error: { kind: 'error', code: 'REGISTRY_DENIED', message: hostile, next: 'Log in.', detail: {} },
    },
    { item: 'shop → prod', outcome: 'not-started', reason: 'shop → staging comes first and did not succeed' },
    {
      item: 'eu.example.com/tools/kubectl:1.31.0',
      outcome: 'copied',
      image: {
        source: 'mirror.example.com/tools/kubectl:1.31.0',
        destination: 'eu.example.com/tools/kubectl',
        digest: image,
        tags: ['1.31.0'],
      },
    },
    {
      item: 'eu.example.com/tools/helm:3.16.1',
      outcome: 'refused',
      error: {
        kind: 'error',
        code: 'IMMUTABLE_TAG_CONFLICT',
        message: 'The tag 3.16.1 names 111111111111; it cannot also name 222222222222.',
        next: 'Use another version.',
        detail: {},
      },
    },
  ],
}

const NO_DELTA: PlanDelta = {
  commits: { count: 0, lost: 0, listed: [], unknown: 'nothing is there to compare with' },
  packages: { counts: { added: 0, removed: 0, changed: 0 }, added: [], removed: [], changed: [] },
  vulnerabilities: {
    counts: { introduced: 0, fixed: 0, kept: 0 },
    introduced: [],
    fixed: [],
    kept: [],
    notes: [],
  },
  image: { platforms: [] },
  manifests: { files: [] },
  tags: [],
  missing: [],
}

/** A plan with everything a plan may show. */
export const samplePlan: Outcome = {
  ...samplePending,
  delta: {
    ...NO_DELTA,
    against: { digest: sampleDigest('before'), since: '2026-11-02T08:00:00Z', version: '1.3.0' },
    commits: {
      from: '1f2a91c0d3b7e8f6a5c4d3b2a190f8e7d6c5b4a3',
      to: '4f2a91c0d3b7e8f6a5c4d3b2a190f8e7d6c5b4a3',
      count: 73,
      lost: 1,
      listed: Array.from({ length: 23 }, (_, index) => ({
        commit: `${index + 10}2a91c0d3b7e8f6a5c4d3b2a190f8e7d6c5b4a3ab`.slice(0, 40),
        author: 'Dana Example',
        on: '2026-11-17T16:00:00+01:00',
        subject: `Orders are rounded to the cent in step ${index + 1} of what turned out to be many (#${index})`,
        pullRequests: [index],
      })),
    },
    packages: {
      counts: { added: 1, removed: 1, changed: 1 },
      added: [{ name: 'fastify', purl: 'pkg:npm/fastify', after: { version: '5.6.1', licences: ['MIT'] } }],
      removed: [
        { name: 'express', purl: 'pkg:npm/express', before: { version: '4.21.0', licences: ['MIT'] } },
      ],
      changed: [
        {
          name: 'openssl',
          before: { version: '3.0.15-1', licences: ['Apache-2.0'] },
          after: { version: '3.0.17-1', licences: ['Apache-2.0', 'BSD-3-Clause'] },
        },
      ],
    },
    vulnerabilities: {
      counts: { introduced: 1, fixed: 1, kept: 4 },
      introduced: [
        {
          id: 'CVE-2026-1111',
          severity: 'high',
          package: 'fastify',
          version: '5.6.1',
          fixedIn: ['5.6.2'],
        },
      ],
      fixed: [
        { id: 'CVE-2025-9999', severity: 'critical', package: 'openssl', version: '3.0.15-1', fixedIn: [] },
      ],
      kept: [],
      notes: [
        'What was known differs: data of 2026-11-01 there, of 2026-11-18 here; some of it may only have become known since.',
      ],
    },
    image: {
      platforms: [
        {
          platform: 'linux/amd64',
          change: 'changed',
          sizeBefore: 52_428_800,
          sizeAfter: 54_000_000,
          changes: [
            { what: 'user', before: '1000', after: 'root' },
            { what: 'ports', after: '8080/tcp' },
            { what: 'label org.opencontainers.image.licenses', before: 'MIT' },
          ],
        },
        { platform: 'linux/arm64', change: 'added', sizeAfter: 51_000_000, changes: [] },
        { platform: 'linux/s390x', change: 'same', sizeBefore: 1, sizeAfter: 1, changes: [] },
      ],
    },
    manifests: {
      files: [
        {
          target: 'kustomize',
          path: 'environments/prod/ordersvc/kustomization.yaml',
          diff: [
            '--- a/environments/prod/ordersvc/kustomization.yaml',
            '+++ b/environments/prod/ordersvc/kustomization.yaml',
            '@@ -2,3 +2,3 @@',
            ' images:',
            '   - name: ordersvc',
            `-    digest: ${sampleDigest('before')}`,
            `+    digest: ${image}`,
            '',
          ].join('\n'),
        },
      ],
    },
    tags: [
      { tag: '1.4.0', mobility: 'immutable' },
      { tag: 'stable', mobility: 'floating', before: sampleDigest('before') },
    ],
    missing: [
      { gate: 'passed', result: 'pending', earliest: '2026-11-20T14:05:00Z' },
      {
        gate: 'approval',
        result: 'pending',
        command: `waybill approve ordersvc prod --image ${image} --key KEY`,
      },
    ],
    earliest: '2026-11-20T14:05:00Z',
  },
}

/** Every text of a plan from the wrong hand. */
export const hostilePlan: Outcome = {
  ...samplePending,
  delta: {
    ...NO_DELTA,
    against: { digest: sampleDigest('before'), since: hostile, version: hostile },
    commits: {
      count: 1,
      lost: 0,
      listed: [{ commit: hostile, author: hostile, on: hostile, subject: hostile, pullRequests: [] }],
    },
    packages: {
      counts: { added: 1, removed: 0, changed: 1 },
      added: [{ name: hostile, after: { version: hostile, licences: [] } }],
      removed: [],
      changed: [
        {
          name: hostile,
          before: { version: `${hostile}1`, licences: [hostile] },
          after: { version: hostile, licences: [] },
        },
      ],
    },
    vulnerabilities: {
      counts: { introduced: 1, fixed: 0, kept: 0 },
      introduced: [{ id: hostile, severity: 'high', package: hostile, version: hostile, fixedIn: [hostile] }],
      fixed: [],
      kept: [],
      notes: [hostile],
    },
    image: {
      platforms: [
        {
          platform: hostile,
          change: 'changed',
          sizeBefore: 1,
          sizeAfter: 2,
          changes: [{ what: `label ${hostile}`, before: hostile, after: hostile }],
        },
      ],
    },
    manifests: { files: [], unknown: hostile },
    tags: [{ tag: hostile, mobility: 'floating' }],
    missing: [{ gate: hostile, result: 'fail', command: `waybill ${hostile}` }],
  },
}

export const sampleReplay: ReplayAnswer = {
  kind: 'replay',
  policy: 'policies/new.yaml',
  since: '2026-08-20T00:00:00Z',
  counts: { unchanged: 12, refused: 1, admitted: 1, unclear: 1, 'not-asked': 2 },
  records: [
    {
      application: 'ordersvc',
      environment: 'prod',
      sequence: 7,
      digest: image,
      kind: 'promote',
      finishedOn: '2026-11-20T13:05:59Z',
      recorded: 'pass',
      replayed: 'fail',
      change: 'refused',
      gates: [
        {
          gate: 'tests',
          recorded: 'pass',
          replayed: 'fail',
          reason: 'e2e: no signed test result, required: PASSED.',
        },
        { gate: 'signature', replayed: 'pending', reason: hostile },
        { gate: 'cel', recorded: 'waived', reason: 'Coverage was waived until 2026-12-01.' },
      ],
      later: 3,
    },
    {
      application: 'ordersvc',
      environment: 'prod',
      sequence: 5,
      digest: image,
      kind: 'break-glass',
      finishedOn: '2026-10-02T03:11:00Z',
      recorded: 'fail',
      replayed: 'pass',
      change: 'admitted',
      gates: [{ gate: 'window', recorded: 'waived', replayed: 'pass', reason: 'It is open.' }],
      later: 0,
    },
    {
      application: hostile,
      environment: hostile,
      sequence: 4,
      digest: image,
      kind: 'promote',
      finishedOn: hostile,
      recorded: 'pass',
      change: 'unclear',
      gates: [],
      later: 0,
      note: hostile,
    },
  ],
}

const sampleEvidence: EvidenceAnswer['evidence'] = [
  {
    predicateType: 'https://in-toto.io/attestation/vulns/v0.2',
    name: 'vulnerabilities',
    payload: sampleDigest('scan'),
    manifest: sampleDigest('scan manifest'),
    signer: 'ci-scan',
    summary: 'vulnerabilities about 02d6f1f144d1',
    state: 'valid',
    at: '2026-11-18T08:00:00Z',
    provenOn: '2026-11-18T08:00:03Z',
    tool: 'trivy 0.60.0',
    databaseOn: '2026-11-18T02:00:00Z',
  },
  {
    predicateType: hostile,
    name: hostile,
    payload: sampleDigest('hostile'),
    manifest: sampleDigest('hostile manifest'),
    signer: hostile,
    summary: hostile,
    state: 'valid',
    at: hostile,
    tool: hostile,
  },
  {
    predicateType: 'unknown',
    name: 'unknown',
    payload: sampleDigest('junk'),
    manifest: sampleDigest('junk'),
    signer: 'unknown',
    summary: 'Found a bare signature, expected a statement (dsseEnvelope).',
    state: 'invalid',
    code: 'BUNDLE_INVALID',
  },
]

export const sampleEvidenceList: EvidenceAnswer = {
  kind: 'evidence',
  reference: 'prod.example.com/ordersvc:stable',
  digest: image,
  judgedOn: '2026-11-20T00:00:00Z',
  evidence: sampleEvidence,
}

export const sampleStatement: StatementAnswer = {
  kind: 'statement',
  reference: 'layout:./ordersvc',
  digest: image,
  evidence: { ...sampleEvidence[0]!, state: 'foreign', summary: hostile, code: 'SIGNER_UNTRUSTED' },
  statement: {
    _type: 'https://in-toto.io/Statement/v1',
    predicate: { text: 'red \u001b[0m ##vso[x] \u202e' },
  },
}

export const sampleExport: EvidenceExport = {
  kind: 'evidence-export',
  reference: 'layout:./ordersvc',
  digest: image,
  directory: './evidence',
  format: 'dsse',
  files: [
    { file: 'pass-4f2a91c0d3b7e8f6.dsse.json', outcome: 'written', payloads: [sampleDigest('pass')] },
    { file: 'provenance-0123456789abcdef.dsse.json', outcome: 'already', payloads: [sampleDigest('p')] },
  ],
  left: [{ manifest: sampleDigest('legacy'), reason: 'a simple signature of cosign has no DSSE envelope' }],
}

export const sampleRescan: RescanAnswer = {
  kind: 'rescan',
  judgedOn: '2026-11-23T05:17:00Z',
  warnUntil: '2026-12-07T05:17:00Z',
  outcome: 'refused',
  images: [
    {
      application: 'ordersvc',
      environment: 'staging',
      repository: 'staging.example.com/ordersvc',
      role: 'live',
      digest: image,
      version: '1.4.0',
      sequence: 9,
      since: '2026-11-18T11:30:02Z',
      result: 'pass',
      gates: [
        {
          gate: 'vulnerabilities',
          result: 'waived',
          reason: 'Waived by erin@contoso.example until 2026-12-01T00:00:00Z: "no fix yet".',
          evidence: [sampleDigest('waiver')],
        },
      ],
      left: ['window'],
      expiring: [
        { gate: 'vulnerabilities', by: '2026-12-01T00:00:00Z', reason: 'CVE-2026-1111 critical: ended.' },
      ],
    },
    {
      application: 'ordersvc',
      environment: 'dev',
      repository: 'dev.example.com/ordersvc',
      role: 'live',
      digest: image,
      sequence: 31,
      since: '2026-11-18T09:12:44Z',
      result: 'pass',
      gates: [],
      left: [],
      expiring: [],
    },
    {
      application: 'ordersvc',
      environment: 'prod',
      repository: 'prod.example.com/ordersvc',
      role: 'live',
      digest: image,
      version: hostile,
      sequence: 7,
      since: '2026-11-20T13:05:59Z',
      result: 'fail',
      gates: [{ gate: 'vulnerabilities', result: 'fail', reason: hostile, evidence: [] }],
      left: ['window', 'hold'],
      expiring: [],
      nearest: { digest: sampleDigest('older'), environment: 'prod', sequence: 4, version: '1.3.2' },
    },
    {
      application: 'ordersvc',
      environment: 'prod',
      repository: 'prod.example.com/ordersvc',
      role: 'rollback',
      digest: sampleDigest('older'),
      sequence: 4,
      since: '2026-10-01T00:00:00Z',
      result: 'error',
      gates: [],
      left: [],
      expiring: [],
      problem: { code: 'COMMAND_FAILED', message: hostile },
    },
  ],
  unread: [{ application: 'paysvc', environment: 'prod', code: 'RECORD_INVALID', message: hostile }],
  imported: [{ digest: image, summary: hostile, outcome: 'attached' }],
}

const nothing = { kinds: [], findings: [], setAside: [] }
const none = { found: 0, counted: 0, mild: 0, suppressed: 0 }

/** A source with something of everything; names in it mean harm. */
export const sampleCheck: CheckOutcome = {
  kind: 'check',
  outcome: 'fail',
  applications: ['ordersvc'],
  commit: '4f2a91c0d3b7e8f6a5c4d3b2a190f8e7d6c5b4a3',
  dirty: false,
  checks: [
    {
      check: 'gitleaks',
      result: 'pass',
      reason: '1 set aside',
      tool: { name: 'gitleaks', version: '8.30.1', digest: sampleDigest('gitleaks') },
      ...nothing,
      kinds: ['secrets'],
      setAside: [
        {
          id: 'github-pat',
          severity: 'unknown',
          location: 'docs/example.env:3',
          suppressed: 'gitleaks:allow',
        },
      ],
      counts: { found: 1, counted: 0, mild: 0, suppressed: 1 },
      commits: 'every commit up to 4f2a91c0d3b7e8f6a5c4d3b2a190f8e7d6c5b4a3',
      milliseconds: 2140,
    },
    {
      check: 'checkov',
      result: 'fail',
      reason: '5 findings count',
      tool: { name: 'checkov', version: '3.3.30', digest: sampleDigest('checkov') },
      ...nothing,
      kinds: ['misconfiguration'],
      findings: [
        ...['infra/main.tf:3', 'infra/logs.tf:1', 'infra/audit.tf:8', 'infra/old.tf:2'].map((location) => ({
          id: 'CKV_AWS_18',
          severity: 'unknown' as const,
          title: 'Ensure the S3 bucket has access logging enabled',
          location,
        })),
        { id: hostile, severity: 'unknown', title: hostile, location: hostile },
      ],
      counts: { found: 5, counted: 5, mild: 0, suppressed: 0 },
      milliseconds: 9_400,
    },
    {
      check: 'trivy',
      result: 'error',
      reason: 'trivy has no vulnerability database, so it cannot tell.',
      ...nothing,
      counts: none,
      code: 'TOOL_FAILED',
      next: 'Fetch it first: "trivy fs --download-db-only .".',
      milliseconds: 300,
    },
    {
      check: 'semgrep',
      result: 'missing',
      reason: 'This machine has no semgrep.',
      ...nothing,
      counts: none,
      milliseconds: 1,
    },
  ],
  evidence: { file: 'out/check.jsonl', statements: 2 },
}
