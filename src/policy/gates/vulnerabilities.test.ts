import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { cpuTime } from '../../../test/support/cpu-time.ts'
import {
  AMD64,
  factsWith,
  IMAGE,
  NOW,
  OTHER_IMAGE,
  signer,
  verified,
} from '../../../test/support/policy-facts.ts'
import { trivyImage } from '../../../test/support/vulnerability-reports.ts'
import type { GateResult, VerifiedStatement } from '../../attestation/index.ts'
import { VULNERABILITY } from '../../attestation/index.ts'
import { digestOf, hexOf } from '../../oci/index.ts'
import type { Digest } from '../../oci/index.ts'
import type { Facts, ImageDetails } from '../index.ts'
import { evaluate, gatesSchema, needsOf } from '../index.ts'

const ARM64 = digestOf('linux/arm64')
const CONFIG = digestOf('config')
const HOUR = 3_600_000

const ago = (hours: number) => new Date(NOW.getTime() - hours * HOUR).toISOString()

interface Told {
  readonly id?: string
  readonly severity?: string
  readonly score?: string
  readonly detail?: object
}

const openssl = {
  package: { name: 'libssl3', version: '3.0.1', purl: 'pkg:deb/debian/libssl3@3.0.1?arch=amd64' },
}

function entry({ id = 'CVE-2026-1', severity = 'critical', score, detail }: Told = {}) {
  const scored = score === undefined ? [] : [{ method: 'cvss_score', score }]
  return {
    id,
    severity: [{ method: 'trivy', score: severity }, ...scored],
    annotations: [{ [VULNERABILITY]: { ...openssl, fixedIn: ['3.0.2'], state: 'fixed', ...detail } }],
  }
}

interface Scanned {
  readonly tool?: string
  readonly hours?: number
  readonly database?: number
  readonly report?: object
  readonly subjects?: readonly Digest[]
  readonly by?: string
  readonly proven?: number
  readonly metadata?: object
}

function scan(result: readonly object[], told: Scanned = {}): VerifiedStatement {
  const { tool = 'trivy', hours = 1, database = 6, report, subjects = [IMAGE, AMD64], by = 'ci' } = told
  const given = verified(
    'vulnerabilities',
    {
      scanner: {
        uri: `pkg:github/acme/${tool}@1`,
        version: '1.0',
        db: { lastUpdate: ago(database) },
        result,
      },
      metadata: told.metadata ?? { scanFinishedOn: ago(hours) },
      ...(report && {
        'https://waybill.dev/report/v1': {
          kind: 'vulnerabilities',
          tool: { name: tool, version: '1.0' },
          format: tool,
          digest: digestOf('report'),
          ...report,
        },
      }),
    },
    signer(by),
  )
  const subject = subjects.map((digest) => ({ digest: { sha256: hexOf(digest) } }))
  return {
    ...given,
    statement: { ...given.statement, subject },
    provenOn: told.proven === undefined ? undefined : ago(told.proven),
  }
}

const waiver = (changes: object = {}) =>
  verified('waiver', {
    application: 'ordersvc',
    environment: 'staging',
    gate: 'vulnerabilities',
    findings: ['CVE-2026-1'],
    reason: 'not reachable',
    approver: 'sam',
    createdOn: '2026-02-01T00:00:00Z',
    notAfter: '2026-04-01T00:00:00Z',
    ...changes,
  })

const vex = (statements: readonly object[], by = 'security', at = ago(2)) =>
  verified(
    'vex',
    {
      '@context': 'https://openvex.dev/ns/v0.2.0',
      '@id': 'https://x/1',
      author: by,
      timestamp: at,
      version: 1,
      statements,
    },
    signer(by),
  )

const harmless = (changes: object = {}) => ({
  vulnerability: { name: 'CVE-2026-1' },
  status: 'not_affected',
  justification: 'vulnerable_code_not_present',
  ...changes,
})

const twoPlatforms: Facts['image'] = {
  ...factsWith([]).image,
  platforms: [
    { platform: { os: 'linux', architecture: 'amd64' }, manifest: AMD64, config: CONFIG },
    {
      platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
      manifest: ARM64,
      config: digestOf('arm config'),
    },
  ],
}
const both = { subjects: [IMAGE, AMD64, ARM64] }

async function judge(gate: object, facts: Facts) {
  const [verdict] = (await evaluate(await gatesSchema.parseAsync([{ vulnerabilities: gate }]), facts)).gates
  assert.ok(verdict)
  return verdict
}

interface Case {
  readonly name: string
  readonly gate?: object
  readonly evidence: readonly VerifiedStatement[]
  readonly facts?: Partial<Facts>
  readonly result: GateResult
  readonly reason?: RegExp
  readonly findings?: readonly string[]
}

function table(title: string, cases: readonly Case[]): void {
  describe(title, () => {
    for (const one of cases)
      test(one.name, async () => {
        const verdict = await judge(one.gate ?? {}, factsWith(one.evidence, one.facts))
        assert.equal(verdict.result, one.result, verdict.reason)
        if (one.reason) assert.match(verdict.reason, one.reason)
        if (one.findings) assert.deepEqual(verdict.findings?.map(({ id }) => id) ?? [], one.findings)
        if (one.result === 'pass' || one.result === 'waived') assert.ok(verdict.evidence.length > 0)
      })
  })
}

table('what blocks', [
  {
    name: 'nothing found',
    evidence: [scan([])],
    result: 'pass',
    reason: /^Nothing blocks among 0 vulnerabilities found by trivy 1\.0 \(1h ago by its own account\)/,
  },
  {
    name: 'a critical one',
    evidence: [scan([entry()])],
    result: 'fail',
    reason: /^1 of 1 found blocks: CVE-2026-1 \(critical, libssl3 3\.0\.1, fixed in 3\.0\.2\)/,
    findings: ['CVE-2026-1'],
  },
  {
    name: 'a medium one is below the default',
    evidence: [scan([entry({ severity: 'medium' })])],
    result: 'pass',
  },
  {
    name: 'naming high blocks critical too',
    gate: { block: 'high' },
    evidence: [scan([entry()])],
    result: 'fail',
  },
  {
    name: 'naming critical lets high through',
    gate: { block: ['critical'] },
    evidence: [scan([entry({ severity: 'high' })])],
    result: 'pass',
  },
  {
    name: 'by CVSS',
    gate: { block: 'none', cvss: 7 },
    evidence: [scan([entry({ severity: 'low', score: '7.5' })])],
    result: 'fail',
    reason: /CVSS 7\.5/,
  },
  {
    name: 'below CVSS',
    gate: { block: 'none', cvss: 7 },
    evidence: [scan([entry({ score: '6.9' })])],
    result: 'pass',
  },
  {
    name: 'without a score the severity stands for its highest',
    gate: { block: 'none', cvss: 8 },
    evidence: [scan([entry({ severity: 'high' })])],
    result: 'fail',
    reason: /no CVSS score/,
  },
  {
    name: 'by EPSS',
    gate: { block: 'none', epss: 0.5 },
    evidence: [scan([entry({ detail: { epss: 0.6 } })])],
    result: 'fail',
    reason: /EPSS 0\.6/,
  },
  {
    name: 'EPSS that no scanner states',
    gate: { block: 'none', epss: 0.5 },
    evidence: [scan([entry()])],
    result: 'error',
    reason: /does not say EPSS/,
  },
  {
    name: 'known to be exploited, whatever its severity, fix or not',
    gate: { block: 'none', ignoreUnfixed: true },
    evidence: [
      scan([entry({ severity: 'low', detail: { knownExploited: true, fixedIn: [], state: 'wont-fix' } })]),
    ],
    result: 'fail',
    reason: /known to be exploited/,
  },
  {
    name: 'known exploitation switched off',
    gate: { block: 'none', knownExploited: false },
    evidence: [scan([entry({ detail: { knownExploited: true } })])],
    result: 'pass',
  },
  {
    name: 'known exploitation demanded of a scanner that does not say',
    gate: { block: 'none', knownExploited: true },
    evidence: [scan([entry()])],
    result: 'error',
    reason: /does not say which/,
  },
  {
    name: 'unknown severity blocks',
    gate: { block: 'critical' },
    evidence: [scan([entry({ severity: 'unknown' })])],
    result: 'fail',
    reason: /of unknown severity/,
  },
  {
    name: 'unknown severity with a score is judged by it',
    gate: { block: 'critical' },
    evidence: [scan([entry({ severity: 'unknown', score: '5.0' })])],
    result: 'pass',
  },
  {
    name: 'unknown severity allowed',
    gate: { block: 'critical', unknown: 'allow' },
    evidence: [scan([entry({ severity: 'unknown' })])],
    result: 'pass',
  },
  {
    name: 'unfixed ones ignored',
    gate: { ignoreUnfixed: true },
    evidence: [scan([entry({ detail: { fixedIn: [], state: 'affected' } })])],
    result: 'pass',
  },
  {
    name: 'unfixed is not what nobody knows of',
    gate: { ignoreUnfixed: true },
    evidence: [scan([entry({ detail: { fixedIn: [], state: 'unknown' } })])],
    result: 'fail',
  },
  {
    name: 'a scan with standard fields only, no word on fixes',
    gate: { ignoreUnfixed: true },
    evidence: [scan([{ id: 'CVE-2026-9', severity: [{ method: 'nvd', score: '9.8' }] }])],
    result: 'fail',
  },
  {
    name: 'a distribution without updates',
    evidence: [scan([], { report: { endOfLife: true } })],
    result: 'fail',
    reason: /no more updates/,
  },
  {
    name: 'a distribution without updates, accepted',
    gate: { allowEndOfLife: true },
    evidence: [scan([], { report: { endOfLife: true } })],
    result: 'pass',
  },
  {
    name: 'findings left out',
    gate: { allowSuppressed: false },
    evidence: [scan([], { report: { counts: { suppressed: 2 } } })],
    result: 'fail',
    reason: /leave out 2 findings/,
  },
  {
    name: 'a list that was cut',
    evidence: [scan([entry({ severity: 'low' })], { report: { findingsInAll: 9 } })],
    result: 'error',
    reason: /lists 1 of 9/,
  },
  {
    name: 'a list that was cut, and one that blocks',
    evidence: [scan([entry()], { report: { findingsInAll: 9 } })],
    result: 'fail',
  },
  {
    name: 'one flaw under two names is one',
    evidence: [
      scan([entry({ id: 'GHSA-1', severity: 'low', detail: { aliases: ['CVE-2026-1'] } }), entry()]),
    ],
    result: 'fail',
    findings: ['CVE-2026-1'],
    reason: /^1 of 1/,
  },
  {
    name: 'told twice, the worse counts',
    evidence: [scan([entry({ severity: 'low' }), entry(), entry({ severity: 'negligible' })])],
    result: 'fail',
    findings: ['CVE-2026-1'],
  },
  {
    name: 'foreign text is made harmless',
    evidence: [scan([entry({ id: 'CVE\u001b[31m##vso[x]', detail: { package: { name: 'a\nb\u202e' } } })])],
    result: 'fail',
    reason: /^[^\p{C}]*$/u,
  },
])

table('which scans count', [
  { name: 'none', evidence: [], result: 'fail', reason: /^linux\/amd64 has no signed vulnerability scan\.$/ },
  {
    name: 'an old one',
    gate: { maxAge: '24h' },
    evidence: [scan([], { hours: 26 })],
    result: 'fail',
    reason: /26h|1d 2h old, by its own account, required: not older than 1d/,
  },
  {
    name: 'replayed and signed anew: the report is old',
    gate: { maxAge: '24h' },
    evidence: [scan([], { hours: 26, proven: 1 })],
    result: 'fail',
    reason: /1d 2h old, required/,
  },
  {
    name: 'its own account says today, the proof says last week',
    gate: { maxAge: '24h' },
    evidence: [scan([], { hours: 1, proven: 170 })],
    result: 'fail',
  },
  { name: 'from the future', evidence: [scan([], { hours: -2 })], result: 'fail', reason: /in the future/ },
  { name: 'without a date', evidence: [scan([], { metadata: {} })], result: 'fail', reason: /has no date/ },
  {
    name: 'with an old database',
    gate: { maxDatabaseAge: '3d' },
    evidence: [scan([], { database: 100 })],
    result: 'fail',
    reason: /database of trivy 1\.0 is 4d 4h old/,
  },
  { name: 'with a fresh database', gate: { maxDatabaseAge: '3d' }, evidence: [scan([])], result: 'pass' },
  {
    name: 'no proven time',
    gate: { trustedTime: true },
    evidence: [scan([])],
    result: 'fail',
    reason: /no trusted time/,
  },
  {
    name: 'a proven time',
    gate: { trustedTime: true },
    evidence: [scan([], { proven: 1 })],
    result: 'pass',
    reason: /\(1h ago\)/,
  },
  {
    name: 'an older clean one does not beat a newer one',
    evidence: [scan([entry()], { hours: 1 }), scan([], { hours: 2 })],
    result: 'fail',
  },
  {
    name: 'a newer clean one settles an older one',
    evidence: [scan([entry()], { hours: 2 }), scan([], { hours: 1 })],
    result: 'pass',
  },
  {
    name: 'at the same time both count',
    evidence: [scan([], { hours: 1 }), scan([entry()], { hours: 1 })],
    result: 'fail',
  },
  {
    name: 'one without a date may be newer',
    evidence: [scan([], { hours: 1 }), scan([entry()], { metadata: {} })],
    result: 'fail',
    findings: ['CVE-2026-1'],
  },
  {
    name: 'another tool does not settle what the first found',
    evidence: [scan([entry()], { hours: 5 }), scan([], { tool: 'grype' })],
    result: 'fail',
  },
  {
    name: 'a stale one beside a fresh one still counts for what it found',
    gate: { maxAge: '24h' },
    evidence: [scan([entry()], { hours: 90, tool: 'grype' }), scan([])],
    result: 'fail',
    findings: ['CVE-2026-1'],
  },
  {
    name: 'a stale clean one beside a fresh one does no harm',
    gate: { maxAge: '24h' },
    evidence: [scan([], { hours: 90, tool: 'grype' }), scan([])],
    result: 'pass',
  },
  {
    name: 'of a tool that is not accepted',
    gate: { scanners: ['grype'] },
    evidence: [scan([])],
    result: 'fail',
    reason: /not counted: trivy 1\.0, accepted: grype/,
  },
  {
    name: 'of an accepted tool',
    gate: { scanners: ['Trivy'] },
    evidence: [scan([]), scan([entry()], { tool: 'other' })],
    result: 'pass',
  },
  {
    name: 'of the sources only',
    evidence: [scan([], { report: { scope: 'source' } })],
    result: 'fail',
    reason: /1 scan of sources/,
  },
  {
    name: 'the sources, newer, do not settle what the image scan found',
    evidence: [
      scan([entry()], { hours: 3, report: { scope: 'image' } }),
      scan([], { report: { scope: 'source' } }),
    ],
    result: 'fail',
    findings: ['CVE-2026-1'],
  },
  {
    name: 'an advisory adds a finding to a clean scan',
    evidence: [
      scan([]),
      scan([entry()], { tool: 'osv', report: { scope: 'advisory' } }),
      scan([], { tool: 'osv', report: { scope: 'advisory' } }),
    ],
    result: 'fail',
    findings: ['CVE-2026-1'],
  },
  {
    name: 'one platform of two',
    evidence: [scan([])],
    facts: { image: twoPlatforms },
    result: 'fail',
    reason: /linux\/arm64\/v8 has no signed vulnerability scan/,
  },
  { name: 'both platforms', evidence: [scan([], both)], facts: { image: twoPlatforms }, result: 'pass' },
  {
    name: 'signed for both, looked at one',
    evidence: [scan([], { ...both, report: { platform: 'linux/amd64' } })],
    facts: { image: twoPlatforms },
    result: 'fail',
    reason: /linux\/arm64\/v8 has no/,
  },
  {
    name: 'one scan for each',
    evidence: [
      scan([], { ...both, report: { platform: 'linux/amd64' } }),
      scan([], { ...both, report: { platform: 'linux/arm64' } }),
    ],
    facts: { image: twoPlatforms },
    result: 'pass',
  },
  {
    name: 'the newer one is about the other platform',
    evidence: [
      scan([entry()], { ...both, hours: 2, report: { platform: 'linux/amd64' } }),
      scan([], { ...both, report: { platform: 'linux/arm64' } }),
    ],
    facts: { image: twoPlatforms },
    result: 'fail',
  },
  {
    name: 'only the index is a subject, and it has two platforms',
    evidence: [scan([], { subjects: [IMAGE] })],
    facts: { image: twoPlatforms },
    result: 'fail',
  },
  {
    name: 'one that cannot be read',
    evidence: [scan([]), verified('vulnerabilities', { scanner: {} })],
    result: 'error',
    reason: /1 signed vulnerability scan cannot be read/,
  },
  {
    name: 'one that cannot be read does not hide what blocks',
    evidence: [scan([entry()]), verified('vulnerabilities', {})],
    result: 'fail',
  },
])

const TRIVY = {
  ...trivyImage,
  Results: [],
  Metadata: { ...trivyImage.Metadata, ImageID: CONFIG, RepoDigests: [`r@${IMAGE}`] },
  ArtifactName: 'r',
  CreatedAt: ago(1),
}
const cosign = (result: object) => ({
  ...verified('cosign-vulnerabilities', {
    scanner: { uri: '', version: '0.74.0', db: {}, result },
    metadata: { scanFinishedOn: ago(1) },
  }),
})
const single = { image: { ...factsWith([]).image, mediaType: 'application/vnd.oci.image.manifest.v1+json' } }
const amd = { ...TRIVY, Metadata: { ...TRIVY.Metadata, ImageConfig: { os: 'linux', architecture: 'amd64' } } }

table('raw Trivy in cosign vuln/v1', [
  { name: 'about this image', evidence: [cosign(amd)], facts: single, result: 'pass' },
  {
    name: 'of another platform',
    evidence: [cosign(TRIVY)],
    facts: single,
    result: 'fail',
    reason: /no signed/,
  },
  {
    name: 'about another image, by its own account',
    evidence: [cosign({ ...amd, Metadata: { ...amd.Metadata, ImageID: OTHER_IMAGE } })],
    facts: single,
    result: 'fail',
    reason: /1 scan about another image/,
  },
  {
    name: 'another scanner inside',
    evidence: [cosign({ matches: [] })],
    facts: single,
    result: 'fail',
    reason: /cannot be read/,
  },
  {
    name: 'that did not look for vulnerabilities',
    evidence: [cosign({ ...amd, Results: [{ Class: 'secret' }] })],
    facts: single,
    result: 'fail',
    reason: /cannot be read/,
  },
])

const IMAGE_PURL = `pkg:oci/ordersvc@${IMAGE.replace(':', '%3A')}`

table('waivers and VEX', [
  {
    name: 'a waiver of the finding',
    evidence: [scan([entry()]), waiver()],
    result: 'waived',
    reason: /^CVE-2026-1 let through/,
    findings: ['CVE-2026-1'],
  },
  {
    name: 'by an alias',
    evidence: [scan([entry({ id: 'GHSA-1', detail: { aliases: ['CVE-2026-1'] } })]), waiver()],
    result: 'waived',
  },
  {
    name: 'of another finding',
    evidence: [scan([entry()]), waiver({ findings: ['CVE-2026-2'] })],
    result: 'fail',
  },
  {
    name: 'one waived, one not',
    evidence: [scan([entry({ id: 'CVE-2026-8' }), entry()]), waiver()],
    result: 'fail',
    reason: /^1 of 2 found blocks: CVE-2026-8/,
    findings: ['CVE-2026-8', 'CVE-2026-1'],
  },
  {
    name: 'expired',
    evidence: [scan([entry()]), waiver({ notAfter: '2026-02-02T00:00:00Z' })],
    result: 'fail',
  },
  {
    name: 'for another environment',
    evidence: [scan([entry()]), waiver({ environment: 'prod' })],
    result: 'fail',
  },
  {
    name: 'for another application',
    evidence: [scan([entry()]), waiver({ application: 'shop' })],
    result: 'fail',
  },
  { name: 'of another gate', evidence: [scan([entry()]), waiver({ gate: 'licences' })], result: 'fail' },
  {
    name: 'in this package',
    evidence: [scan([entry()]), waiver({ packages: ['libssl3'] })],
    result: 'waived',
  },
  { name: 'in another package', evidence: [scan([entry()]), waiver({ packages: ['zlib'] })], result: 'fail' },
  { name: 'a waiver is no scan', evidence: [waiver()], result: 'fail' },
  {
    name: 'of the whole gate',
    evidence: [waiver({ findings: undefined })],
    result: 'waived',
    reason: /^Waived by ci@example.com until 2026-04-01.*It was fail: .*no signed vulnerability scan/,
  },
  {
    name: 'of the whole gate, when nobody can tell what it says',
    evidence: [scan([]), verified('vulnerabilities', { scanner: 1 }), waiver({ findings: undefined })],
    result: 'error',
    reason: /cannot be read/,
  },
  {
    name: 'of the whole gate, even then',
    evidence: [
      verified('vulnerabilities', { scanner: 1 }),
      scan([]),
      waiver({ findings: undefined, evenOnError: true }),
    ],
    result: 'waived',
    reason: /It was error: /,
  },
  {
    name: 'of the whole gate, not needed',
    evidence: [scan([]), waiver({ findings: undefined })],
    result: 'pass',
  },
  {
    name: 'a place may carry it',
    evidence: [scan([entry()])],
    facts: { standing: [waiver()] },
    result: 'waived',
  },
  {
    name: 'VEX about what it is signed for',
    evidence: [scan([entry()]), vex([harmless()])],
    result: 'waived',
  },
  {
    name: 'VEX about this image by purl, and the package in it',
    evidence: [
      scan([entry()]),
      vex([
        harmless({ products: [{ '@id': IMAGE_PURL, subcomponents: [{ '@id': 'pkg:deb/debian/libssl3' }] }] }),
      ]),
    ],
    result: 'waived',
  },
  {
    name: 'VEX about another package in it',
    evidence: [
      scan([entry()]),
      vex([
        harmless({ products: [{ '@id': IMAGE_PURL, subcomponents: [{ '@id': 'pkg:deb/debian/zlib1g' }] }] }),
      ]),
    ],
    result: 'fail',
  },
  {
    name: 'VEX about the platform by hash',
    evidence: [scan([entry()]), vex([harmless({ products: [{ hashes: { 'sha-256': hexOf(AMD64) } }] })])],
    result: 'waived',
  },
  {
    name: 'VEX about one platform of two',
    evidence: [
      scan([entry()], both),
      vex([harmless({ products: [{ hashes: { 'sha-256': hexOf(AMD64) } }] })]),
    ],
    facts: { image: twoPlatforms },
    result: 'fail',
  },
  {
    name: 'VEX about another image',
    evidence: [
      scan([entry()]),
      vex([harmless({ products: [{ '@id': IMAGE_PURL.replace(hexOf(IMAGE), hexOf(OTHER_IMAGE)) }] })]),
    ],
    result: 'fail',
  },
  {
    name: 'VEX about an image without a digest',
    evidence: [scan([entry()]), vex([harmless({ products: [{ '@id': 'pkg:oci/ordersvc' }] })])],
    result: 'fail',
  },
  {
    name: 'VEX about the package itself',
    evidence: [
      scan([entry()]),
      vex([harmless({ status: 'fixed', products: ['pkg:deb/debian/libssl3@3.0.1'] })]),
    ],
    result: 'waived',
  },
  {
    name: 'VEX about another version of the package',
    evidence: [scan([entry()]), vex([harmless({ products: ['pkg:deb/debian/libssl3@3.0.0'] })])],
    result: 'fail',
  },
  {
    name: 'VEX that says affected',
    evidence: [scan([entry()]), vex([{ vulnerability: 'CVE-2026-1', status: 'affected' }])],
    result: 'fail',
  },
  {
    name: 'VEX taken back later',
    evidence: [
      scan([entry()]),
      vex([harmless()], 'security', ago(5)),
      vex([harmless({ status: 'under_investigation' })], 'security', ago(4)),
    ],
    result: 'fail',
  },
  {
    name: 'VEX taken back at the same time',
    evidence: [scan([entry()]), vex([harmless(), harmless({ status: 'affected' })])],
    result: 'fail',
  },
  {
    name: 'VEX cleared up later',
    evidence: [
      scan([entry()]),
      vex([harmless({ status: 'affected' })], 'security', ago(5)),
      vex([harmless()], 'security', ago(4)),
    ],
    result: 'waived',
  },
  {
    name: 'two signers of VEX, one of them says affected',
    evidence: [
      scan([entry()]),
      vex([harmless()], 'security', ago(1)),
      vex([harmless({ status: 'affected' })], 'vendor', ago(9)),
    ],
    result: 'fail',
  },
  {
    name: 'VEX from the future',
    evidence: [scan([entry()]), vex([harmless()], 'security', ago(-9))],
    result: 'fail',
  },
  {
    name: 'VEX of a signer that is not asked',
    gate: { vexSigners: ['vendor'] },
    evidence: [scan([entry()]), vex([harmless()])],
    result: 'fail',
  },
  {
    name: 'VEX switched off',
    gate: { acceptVex: false },
    evidence: [scan([entry()]), vex([harmless()])],
    result: 'fail',
  },
  {
    name: 'VEX without a justification is no VEX, and takes all with it',
    evidence: [
      scan([entry()]),
      vex([harmless()]),
      vex([{ vulnerability: 'CVE-2026-1', status: 'not_affected' }]),
    ],
    result: 'fail',
    reason: /VEX statement cannot be read/,
  },
])

const details = [{ ...factsWith([]).image.platforms[0], size: 1 }] as unknown as readonly ImageDetails[]
const running = (evidence: readonly VerifiedStatement[], changes: object = {}) => ({
  target: {
    digest: OTHER_IMAGE,
    since: ago(99),
    details,
    evidence: { valid: evidence, unusable: [] },
    ...changes,
  },
})

table('only what is new', [
  {
    name: 'what runs there has it',
    gate: { newOnly: true },
    evidence: [scan([entry()])],
    facts: running([scan([entry()])]),
    result: 'pass',
  },
  {
    name: 'in an older version, by another name',
    gate: { newOnly: true },
    evidence: [scan([entry()])],
    facts: running([
      scan([
        entry({
          id: 'GHSA-1',
          detail: {
            aliases: ['CVE-2026-1'],
            package: { name: 'libssl3', version: '2', purl: 'pkg:deb/debian/libssl3@2' },
          },
        }),
      ]),
    ]),
    result: 'pass',
  },
  {
    name: 'in another package',
    gate: { newOnly: true },
    evidence: [scan([entry()])],
    facts: running([scan([entry({ detail: { package: { name: 'other' } } })])]),
    result: 'fail',
    reason: /blocks and is new here/,
  },
  { name: 'nothing runs there', gate: { newOnly: true }, evidence: [scan([entry()])], result: 'fail' },
  {
    name: 'nothing is known of what runs there',
    gate: { newOnly: true },
    evidence: [scan([])],
    facts: running([]),
    result: 'error',
    reason: /no signed scan of linux\/amd64 to compare with/,
  },
  {
    name: 'its newest scan no longer finds it',
    gate: { newOnly: true },
    evidence: [scan([entry()])],
    facts: running([scan([entry()], { hours: 9 }), scan([])]),
    result: 'fail',
  },
  {
    name: 'its details could not be read',
    gate: { newOnly: true },
    evidence: [scan([])],
    facts: running([scan([])], { details: undefined }),
    result: 'error',
  },
])

test('what runs in the target is asked for only by newOnly', async () => {
  const [plain, fresh] = await gatesSchema.parseAsync([
    { vulnerabilities: {} },
    { vulnerabilities: { newOnly: true } },
  ])
  assert.deepEqual(needsOf([plain!]).target, { evidence: false, details: false })
  assert.deepEqual(needsOf([fresh!]).target, { evidence: true, details: true })
})

test('a waiver of the whole gate names itself on every finding it lets through', async () => {
  const whole = waiver({ findings: undefined })
  const verdict = await judge({}, factsWith([scan([entry(), entry({ id: 'CVE-2026-2' })]), whole]))
  assert.equal(verdict.result, 'waived')
  assert.deepEqual(
    verdict.findings?.map(({ waivedBy }) => waivedBy),
    [whole.payload, whole.payload],
  )
})

test('options that contradict themselves are refused', async () => {
  for (const options of [
    { block: ['none', 'high'] },
    { block: [] },
    { cvss: 11 },
    { epss: 0 },
    { maxAge: '1 day' },
    { x: 1 },
  ])
    assert.equal((await gatesSchema.safeParseAsync([{ vulnerabilities: options }])).success, false)
})

describe('whatever a statement says', () => {
  const facts = (predicate: object, type: 'vulnerabilities' | 'cosign-vulnerabilities') => {
    const given = verified(type, predicate)
    const subject = [IMAGE, AMD64].map((digest) => ({ digest: { sha256: hexOf(digest) } }))
    return factsWith([{ ...given, statement: { ...given.statement, subject } }])
  }

  test('anything in it: never a broken gate, and no pass without a readable scan', async () => {
    const types = fc.constantFrom('vulnerabilities' as const, 'cosign-vulnerabilities' as const)
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), types, async (predicate, type) => {
        const verdict = await judge({}, facts(predicate, type))
        assert.doesNotMatch(verdict.reason, /gate broke/)
        assert.notEqual(verdict.result, 'pass')
      }),
    )
  })

  test('a critical finding never passes, whatever else is beside it', async () => {
    const other = fc.record({
      id: fc.string({ minLength: 1 }),
      severity: fc.array(
        fc.record({ method: fc.string(), score: fc.oneof(fc.string(), fc.double({ noNaN: true })) }),
        { maxLength: 3 },
      ),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(other, { maxLength: 5 }), fc.nat(5), async (others, at) => {
        const result = others.toSpliced(at, 0, entry() as never)
        assert.equal((await judge({}, factsWith([scan(result)]))).result, 'fail')
      }),
    )
  })
})

describe('much of it', () => {
  test('a thousand statements and five thousand findings are judged in linear time', async () => {
    const many = Array.from({ length: 1000 }, (_, at) =>
      scan([entry({ severity: 'low', id: `CVE-2026-${at}` })], { hours: at / 100 }),
    )
    const findings = Array.from({ length: 5000 }, (_, at) =>
      entry({ id: `GHSA-${at}`, detail: { aliases: [`GHSA-${at + 1}`, `CVE-2026-${at}`] } }),
    )
    const facts = factsWith([...many, scan(findings, { tool: 'grype' })])
    const started = cpuTime()
    const verdict = await judge({}, facts)
    const took = cpuTime() - started
    assert.equal(verdict.result, 'fail')
    assert.ok(took < 1500, `${took} ms`)
  })
})
