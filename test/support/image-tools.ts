import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fakeTool } from './scan-road.ts'

/** How the fakes behave from now on. */
export interface Behaviour {
  /** Flaws by platform: `{ "linux/arm64": [["CVE-2099-0001", "CRITICAL"]] }`. */
  readonly flaws?: Readonly<Record<string, readonly (readonly [string, string])[]>>
  readonly secrets?: Readonly<Record<string, readonly string[]>>
  /** A tool and what is wrong with it. */
  readonly wrong?: Readonly<
    Record<string, 'crash' | 'hang' | 'silent' | 'other-image' | 'other-platform' | 'no-image'>
  >
  /** Structure tests that fail, by platform. */
  readonly failing?: readonly string[]
  /** Distribution that has ended. */
  readonly ended?: boolean
  /** What their clocks say; default: a minute before the road begins. */
  readonly now?: string
}

export function behave(bin: string, behaviour: Behaviour): void {
  writeFileSync(join(bin, 'behaviour.json'), JSON.stringify(behaviour))
}

const COMMON = `
const behaviour = JSON.parse(fs.readFileSync(path.join(__dirname, 'behaviour.json'), 'utf8'))
const exactly = (...words) => args.length === words.length && words.every((word, i) => word === undefined || args[i] === word)
const wrong = (name) => (behaviour.wrong ?? {})[name]
const stranger = 'sha256:' + 'e'.repeat(64)
const start = (name) => {
  if (wrong(name) === 'crash') fail('panic: out of memory \\u001b[31m##vso[task.complete]')
  if (wrong(name) === 'silent') process.exit(0)
  if (wrong(name) === 'hang') { fs.writeFileSync(path.join(__dirname, 'hanging'), ''); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60000) }
}
const told = (name, own) => {
  if (wrong(name) === 'other-image') return { ...own, manifest: stranger, config: stranger }
  if (wrong(name) === 'other-platform') return { ...own, architecture: 's390x' }
  return own
}
fs.appendFileSync(path.join(__dirname, 'calls'), path.basename(__filename) + ' ' + args.join(' ') + '\\n')
`

/** Trivy 0.74, Grype 0.121, Syft 1.57 and container-structure-test 1.22 as strict programs: other words fail. */
export function installImageTools(bin: string): void {
  behave(bin, {})
  fakeTool(
    bin,
    'trivy',
    `${COMMON}
if (process.env.TRIVY_DISABLE_TELEMETRY !== 'true' || process.env.TRIVY_SKIP_VERSION_CHECK !== 'true') fail('it may call home')
if (exactly('version', '-f', 'json')) {
  console.log(JSON.stringify({ Version: '0.74.0', VulnerabilityDB: { Version: 2, UpdatedAt: '2025-03-02T06:00:00Z', NextUpdate: '2025-03-03T06:00:00Z' } }))
  process.exit(0)
}
if (exactly('image', '--download-db-only', '--quiet')) process.exit(0)
if (!exactly('image', '--input', undefined, '--scanners', 'vuln,secret', '--format', 'json', '--output', undefined, '--exit-code', '0', '--skip-db-update', '--cache-backend', 'memory')) fail('unknown words: ' + args.join(' '))
start('trivy')
const [layout, asked] = after('--input').split('@')
const real = image(layout)
if (real.manifest !== asked) fail('invalid OCI image ref')
const own = told('trivy', real)
const platform = real.os + '/' + real.architecture
const flaws = (behaviour.flaws ?? {})[platform] ?? []
const secrets = (behaviour.secrets ?? {})[platform] ?? []
const results = [{ Target: 'os', Class: 'os-pkgs', Type: 'alpine', Packages: [{ Name: 'openssl' }], ...(flaws.length && { Vulnerabilities: flaws.map(([VulnerabilityID, Severity]) => ({ VulnerabilityID, Severity, PkgName: 'openssl', InstalledVersion: '3.1.0', FixedVersion: '3.1.1', Status: 'fixed' })) }) }]
if (secrets.length) results.push({ Target: '/app/.env', Class: 'secret', Secrets: secrets.map((RuleID) => ({ RuleID, Severity: 'CRITICAL', Title: 'key', StartLine: 1 })) })
fs.writeFileSync(after('--output'), JSON.stringify({ SchemaVersion: 2, Trivy: { Version: '0.74.0' }, CreatedAt: (behaviour.now ?? '2025-03-03T08:59:00Z'), ArtifactName: wrong('trivy') === 'no-image' ? 'x' : layout + '@' + own.manifest, ArtifactType: 'container_image', Metadata: { OS: { Family: 'alpine', Name: '3.18', EOSL: !!behaviour.ended }, ...(wrong('trivy') !== 'no-image' && { ImageID: own.config }), ImageConfig: { architecture: own.architecture, os: own.os } }, Results: results }))
`,
  )
  fakeTool(
    bin,
    'grype',
    `${COMMON}
if (process.env.GRYPE_CHECK_FOR_APP_UPDATE !== 'false') fail('it may call home')
if (exactly('version')) { console.log('Application: grype\\nVersion:    0.121.2'); process.exit(0) }
if (exactly('db', 'update', '-q')) process.exit(0)
if (process.env.GRYPE_DB_AUTO_UPDATE !== 'false') fail('every process would fetch the database')
if (exactly('db', 'status', '-o', 'json')) { console.log(JSON.stringify({ schemaVersion: 'v6.1.2', built: '2025-03-02T06:00:00Z', valid: true })); process.exit(0) }
if (!exactly(undefined, '-o', 'json', '--file', undefined, '-q') || !args[0].startsWith('oci-dir:')) fail('unknown words: ' + args.join(' '))
start('grype')
const own = told('grype', image(args[0].slice(8)))
const flaws = (behaviour.flaws ?? {})[own.os + '/' + own.architecture] ?? []
fs.writeFileSync(after('--file'), JSON.stringify({ matches: flaws.map(([id, severity]) => ({ vulnerability: { id, severity, fix: { versions: ['3.1.1'], state: 'fixed' } }, artifact: { name: 'openssl', version: '3.1.0', purl: 'pkg:apk/alpine/openssl@3.1.0' } })), source: { type: 'image', target: { userInput: args[0].slice(8), manifestDigest: own.manifest, imageID: own.config, repoDigests: [], architecture: own.architecture, os: own.os } }, descriptor: { name: 'grype', version: '0.121.2', timestamp: (behaviour.now ?? '2025-03-03T08:59:00Z'), db: { status: { built: '2025-03-02T06:00:00Z', schemaVersion: 'v6.1.2', valid: true } } } }))
`,
  )
  fakeTool(
    bin,
    'syft',
    `${COMMON}
if (process.env.SYFT_CHECK_FOR_APP_UPDATE !== 'false') fail('it may call home')
if (exactly('--version')) { console.log('syft 1.57.1'); process.exit(0) }
const output = (args[3] ?? '').split('=')
if (!exactly('scan', undefined, '-o', undefined, '-q') || !args[1].startsWith('oci-dir:') || output[0] !== 'cyclonedx-json@1.6') fail('unknown words: ' + args.join(' '))
start('syft')
const own = told('syft', image(args[1].slice(8)))
fs.writeFileSync(output[1], JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber: 'urn:uuid:' + crypto.randomUUID(), version: 1, metadata: { timestamp: (behaviour.now ?? '2025-03-03T08:59:00Z'), tools: { components: [{ type: 'application', name: 'syft', version: '1.57.1' }] }, component: { type: 'container', name: 'x', ...(wrong('syft') !== 'no-image' && { version: own.manifest }) } }, components: [{ type: 'library', name: 'openssl', version: '3.1.0', purl: 'pkg:apk/alpine/openssl@3.1.0?arch=' + own.architecture }] }))
`,
  )
  fakeTool(
    bin,
    'cdxgen',
    `${COMMON}
if (exactly('--version')) { console.log('\\u001b[1mCycloneDX Generator 12.8.4\\u001b[0m'); process.exit(0) }
if (!exactly('-t', 'docker', '--no-install-deps', '--spec-version', '1.6', '-o', undefined, undefined)) fail('unknown words: ' + args.join(' '))
const { execFileSync } = require('node:child_process')
const [{ Layers }] = JSON.parse(execFileSync('tar', ['xOf', args[7], 'manifest.json']).toString())
fs.writeFileSync(after('-o'), JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, metadata: { timestamp: '2025-03-03T08:59:00Z', tools: { components: [{ type: 'application', name: 'cdxgen', version: '12.8.4' }] }, component: { type: 'container', name: 'platform-0' } }, components: Layers.map((layer) => ({ type: 'library', name: layer, version: '1' })) }))
`,
  )
  fakeTool(
    bin,
    'container-structure-test',
    `${COMMON}
if (exactly('version')) { console.log('v1.22.1'); process.exit(0) }
if (!exactly('test', '--driver', 'tar', '--image', undefined, '--config', undefined, '--output', 'json', '--test-report', undefined, '--no-color')) fail('unknown words: ' + args.join(' '))
start('container-structure-test')
const tar = require('node:child_process').execFileSync
const members = tar('tar', ['tf', after('--image')]).toString().split('\\n')
const [{ Config }] = JSON.parse(tar('tar', ['xOf', after('--image'), 'manifest.json']).toString())
const { os, architecture } = JSON.parse(tar('tar', ['xOf', after('--image'), Config]).toString())
if (!after('--config').endsWith('.yaml')) fail('no defaults for JSON')
const tests = JSON.parse(fs.readFileSync(after('--config'), 'utf8'))
if (tests.commandTests) fail('the tar driver runs no commands')
const failing = (behaviour.failing ?? []).includes(os + '/' + architecture)
const results = (tests.fileExistenceTests ?? []).map(({ name }) => ({ Name: name, Pass: !failing, ...(failing && { Errors: ['not there'] }), Duration: 0 }))
fs.writeFileSync(after('--test-report'), JSON.stringify({ Pass: failing ? 0 : results.length, Fail: failing ? results.length : 0, Total: results.length, Duration: 0, Results: results }))
process.exit(failing || results.length === 0 ? 1 : 0)
`,
  )
}
