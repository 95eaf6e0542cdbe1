import {
  makePassMark,
  makeStatement,
  predicateTypes,
  REPORT,
  severities,
  VULNERABILITY,
  WAYBILL_BUILD_TYPE,
} from '../src/attestation/index.ts'
import type { PredicateName, ReportKind, VerifiedStatement } from '../src/attestation/index.ts'
import { digestOf } from '../src/oci/index.ts'
import type { Digest } from '../src/oci/index.ts'

export const NOW = new Date('2026-03-02T12:00:00Z')
export const IMAGE = digestOf('the image')
export const POLICY = digestOf('the policy')
export const SOURCE = 'https://git.example.com/contoso/ordersvc'
export const STAGING = 'registry.example.com/staging/ordersvc'
export const PLATFORMS = ['amd64', 'arm64'].map((architecture) => ({
  platform: { os: 'linux', architecture },
  manifest: digestOf(`manifest ${architecture}`),
  config: digestOf(`config ${architecture}`),
}))

const SUITES = ['unit', 'integration', 'e2e']
const ROLES: Readonly<Record<string, readonly string[]>> = {
  erin: ['release-manager'],
  frank: ['release-manager'],
}
const SEVERITIES = ['low', 'medium', 'negligible', 'low'] as const

const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000).toISOString()

/** As verification hands it on. */
function signed(name: PredicateName, predicate: object, by = 'ci', about = PLATFORMS): VerifiedStatement {
  const predicateType = predicateTypes[name]
  const subjects = [IMAGE, ...about.map(({ manifest }) => manifest)] as const
  const statement = makeStatement([IMAGE, ...subjects.slice(1)], predicateType, predicate)
  const payload = digestOf(JSON.stringify(statement))
  const signer = { id: by, identity: `${by}@example.com`, roles: ROLES[by] ?? [] }
  return {
    statement,
    predicateType,
    payload,
    signer,
    origin: { manifest: payload, format: 'bundle' },
    provenOn: undefined,
  }
}

interface Told {
  readonly kind: ReportKind
  readonly name: string
  readonly tool: string
  readonly hours: number
  readonly counts: Readonly<Record<string, number>>
  readonly more?: object
  readonly findings?: readonly object[]
}

function report({ kind, name, tool, hours, counts, more, findings }: Told): VerifiedStatement {
  return signed('test-result', {
    result: findings && findings.length > 0 ? 'WARNED' : 'PASSED',
    configuration: [{ name, annotations: counts }],
    ...more,
    [REPORT]: {
      kind,
      tool: { name: tool, version: '1.2.3' },
      format: tool,
      digest: digestOf(`${name} ${hours}`),
      counts,
      finishedOn: hoursAgo(hours),
      attestedOn: hoursAgo(hours),
      ...(findings && { findings }),
    },
  })
}

function provenance(): VerifiedStatement {
  const dependency = {
    uri: `git+${SOURCE}@refs/heads/main`,
    digest: { gitCommit: 'c0ffee0123456789c0ffee0123456789c0ffee01' },
    annotations: { author: 'dana@example.com' },
  }
  const platforms = PLATFORMS.map(({ platform }) => `linux/${platform.architecture}`)
  const externalParameters = {
    source: SOURCE,
    ref: 'refs/heads/main',
    event: 'push',
    builder: 'native',
    platforms,
    dirty: false,
  }
  return signed('provenance', {
    buildDefinition: {
      buildType: WAYBILL_BUILD_TYPE,
      externalParameters,
      resolvedDependencies: [dependency],
    },
    runDetails: { builder: { id: 'https://ci.example.com/runner' }, metadata: { finishedOn: hoursAgo(90) } },
  })
}

/** One run of one suite: every run again is one statement more. */
export function testRun(run: number): VerifiedStatement {
  const suite = SUITES[run % SUITES.length] ?? ''
  const passedTests = Array.from({ length: 8 }, (_, test) => `contoso.orders.${suite}.case-${test} is right`)
  const counts = { passed: passedTests.length, failed: 0, skipped: 0 }
  return report({
    kind: 'tests',
    name: suite,
    tool: 'junit',
    hours: 20 + run / 60,
    counts,
    more: { passedTests, failedTests: [] },
  })
}

function coverage(run: number): VerifiedStatement {
  const counts = { lineCovered: 900 + (run % 10), lineTotal: 1_000, branchCovered: 420, branchTotal: 500 }
  return report({ kind: 'coverage', name: 'lines', tool: 'lcov', hours: 20 + run / 60, counts })
}

function secrets(run: number): VerifiedStatement {
  return report({
    kind: 'secrets',
    name: 'sources',
    tool: 'gitleaks',
    hours: 20 + run / 60,
    counts: { findings: 0 },
    findings: [],
  })
}

/** A check of configuration with so many mild findings. */
export function misconfiguration(run: number, size: number): VerifiedStatement {
  const findings = Array.from({ length: size }, (_, at) => ({
    id: `CKV_K8S_${at}`,
    severity: SEVERITIES[at % SEVERITIES.length],
    title: 'A limit would be better here',
    location: `deploy/base/part-${at}.yaml:${at % 90}`,
  }))
  return report({
    kind: 'misconfiguration',
    name: 'manifests',
    tool: 'checkov',
    hours: 20 + run / 60,
    counts: { findings: size },
    findings,
  })
}

/** One platform's scan with so many mild vulnerabilities. */
export function scan(run: number, size: number): VerifiedStatement {
  const [own] = PLATFORMS.slice(run % PLATFORMS.length)
  const result = Array.from({ length: size }, (_, at) => ({
    id: `CVE-2026-${10_000 + at}`,
    severity: [
      { method: 'trivy', score: SEVERITIES[at % SEVERITIES.length] },
      { method: 'cvss_score', score: '3.1' },
    ],
    annotations: [{ [VULNERABILITY]: { package: packageAt(at), fixedIn: ['9.9.9'], state: 'fixed' } }],
  }))
  const countOf = (severity: string) =>
    result.filter((_, at) => SEVERITIES[at % SEVERITIES.length] === severity).length
  const hours = 1 + run / 60
  const predicate = {
    scanner: {
      uri: 'pkg:github/aquasecurity/trivy@v0.74.0',
      version: '0.74.0',
      db: { lastUpdate: hoursAgo(2) },
      result,
    },
    metadata: { scanStartedOn: hoursAgo(hours), scanFinishedOn: hoursAgo(hours) },
    [REPORT]: {
      kind: 'vulnerabilities',
      tool: { name: 'trivy', version: '0.74.0' },
      format: 'trivy',
      digest: digestOf(`scan ${run}`),
      scope: 'image',
      counts: Object.fromEntries(severities.map((severity) => [severity, countOf(severity)])),
      finishedOn: hoursAgo(hours),
    },
  }
  return signed('vulnerabilities', predicate, 'scanner', own ? [own] : [])
}

function packageAt(at: number) {
  return {
    name: `lib-${at % 400}`,
    version: '1.0.0',
    purl: `pkg:deb/debian/lib-${at % 400}@1.0.0?arch=amd64`,
  }
}

function sbom(run: number, size: number): VerifiedStatement {
  const [own] = PLATFORMS.slice(run % PLATFORMS.length)
  const licences = ['MIT', 'Apache-2.0', 'BSD-3-Clause', 'LGPL-2.1-or-later', 'MIT OR Apache-2.0']
  const components = Array.from({ length: size }, (_, at) => ({
    'bom-ref': `c${at}`,
    type: 'library',
    ...packageAt(at),
    supplier: { name: 'Debian' },
    licenses: [{ expression: licences[at % licences.length] }],
  }))
  const metadata = { timestamp: hoursAgo(80), tools: { components: [{ name: 'syft', version: '1.30.0' }] } }
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${run}`,
    metadata,
    components,
  }
  return signed('cyclonedx', document, 'ci', own ? [own] : [])
}

function vex(run: number): VerifiedStatement {
  return signed(
    'vex',
    {
      '@context': 'https://openvex.dev/ns/v0.2.0',
      '@id': `https://contoso.example.com/vex/${run}`,
      author: 'security@example.com',
      timestamp: hoursAgo(10),
      version: 1,
      statements: [
        {
          vulnerability: { name: `CVE-2026-${10_000 + run}` },
          products: [
            { '@id': `pkg:oci/ordersvc@${IMAGE}`, subcomponents: [{ '@id': 'pkg:deb/debian/lib-1' }] },
          ],
          status: 'not_affected',
          justification: 'vulnerable_code_not_in_execute_path',
        },
      ],
    },
    'security',
  )
}

function approval(person: string, run = 0): VerifiedStatement {
  const policy = { digest: POLICY }
  const createdOn = hoursAgo(2 + run / 60)
  const place = { application: 'ordersvc', environment: 'prod' }
  return signed('approval', { decision: 'approve', ...place, policy, approver: person, createdOn }, person)
}

function waiver(run: number): VerifiedStatement {
  return signed(
    'waiver',
    {
      application: 'ordersvc',
      environment: 'prod',
      gate: run % 2 === 0 ? 'vulnerabilities' : 'misconfiguration',
      findings: [`CVE-2026-${20_000 + run}`],
      reason: 'No fix yet; not reachable.',
      approver: 'security@example.com',
      createdOn: hoursAgo(48),
      notAfter: hoursAgo(-240),
    },
    'security',
  )
}

function mark(run: number): VerifiedStatement {
  const at = hoursAgo(70 - run / 60)
  return signed(
    'pass',
    makePassMark({
      environment: 'staging',
      repository: STAGING,
      policyDigest: POLICY,
      passed: true,
      inputs: [],
      verifierVersion: '1',
      at,
    }),
    'promoter',
  )
}

const signature = (run: number) => signed('signature', { run }, run % 2 === 0 ? 'ci' : 'release')

/** What every gate of the list needs to pass. */
export function enough(findings = 50): readonly VerifiedStatement[] {
  return [
    provenance(),
    signature(0),
    ...SUITES.map((_, run) => testRun(run)),
    coverage(0),
    secrets(0),
    misconfiguration(0, findings),
    ...PLATFORMS.map((_, run) => scan(run, findings)),
    ...PLATFORMS.map((_, run) => sbom(run, 400)),
    approval('erin'),
    approval('frank'),
    mark(0),
  ]
}

const KINDS: readonly ((run: number) => VerifiedStatement)[] = [
  testRun,
  (run) => scan(run, 20),
  testRun,
  coverage,
  (run) => misconfiguration(run, 10),
  secrets,
  vex,
  (run) => approval(run % 2 === 0 ? 'erin' : 'frank', run),
  waiver,
  mark,
]

/** Every type there is, most of it older runs of the same. */
export function mixed(size: number): readonly VerifiedStatement[] {
  const base = enough()
  const more = Array.from(
    { length: size - base.length },
    (_, at) => KINDS[at % KINDS.length]?.(10 + at) ?? testRun(at),
  )
  return [...base, ...more]
}

export type { Digest }
