import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// Outside tools as their documentation has them: strict about arguments and environment, so that a driver that calls
// them otherwise, or hands them a secret, breaks.

/** What every fake begins with. A name or value that looks like a secret ends it. */
const STRICT = `
const fs = require('node:fs')
const path = require('node:path')
const args = process.argv.slice(2)
const usage = (why) => { process.stderr.write('usage: ' + why + '\\n'); process.exit(126) }
for (const [name, value] of Object.entries(process.env))
  if ((/KEY|SECRET|PASSWORD|TOKEN/.test(name) && name !== 'GIT_CONFIG_KEY_0') || /BEGIN [A-Z ]*PRIVATE KEY/.test(value)) usage('a secret in ' + name)
if (fs.readdirSync(process.env.HOME).length > 0 && process.env.HOME !== '/tmp') usage('a home that is not empty')
`

/** Puts a program of this name into a folder; `body` is the source of a Node script. */
export function fakeTool(folder: string, name: string, body: string): string {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, name)
  writeFileSync(file, `#!${process.execPath}\n${STRICT}\n${body}`)
  chmodSync(file, 0o755)
  return file
}

export interface Leak {
  readonly rule: string
  readonly file: string
  /** The tree sets it aside: found only by who does not listen. */
  readonly allowed?: boolean
}

/** gitleaks 8.30: `git` and `dir`, its own exit code for findings, its report. `ending`: source run instead. */
export function fakeGitleaks(folder: string, leaks: readonly Leak[], ending = ''): string {
  return fakeTool(
    folder,
    'gitleaks',
    `
if (args[0] === 'version') { console.log('8.30.1'); process.exit(0) }
if (args.join(' ') === 'git --help') { console.log('Usage:\\n  gitleaks git [flags] [repo]'); process.exit(0) }
const [verb, place, ...rest] = args
if (verb !== 'git' && verb !== 'dir') usage(verb)
const flags = new Map()
while (rest.length > 0) {
  const flag = rest.shift()
  if (['--no-banner', '--no-color', '--redact', '--ignore-gitleaks-allow'].includes(flag)) flags.set(flag, true)
  else if (['-f', '-r', '--exit-code', '--log-opts', '-c', '-b', '-i'].includes(flag)) flags.set(flag, rest.shift())
  else usage(flag)
}
if (!flags.get('--redact') || flags.get('-f') !== 'json') usage('not redacted JSON')
if (verb === 'git' && !/^--full-history [0-9a-f.]+$/.test(flags.get('--log-opts') ?? '')) usage('no range')
if (verb === 'git' && !fs.existsSync(place)) usage('no ' + place)
const strict = flags.get('--ignore-gitleaks-allow') === true
if (strict && !fs.readFileSync(flags.get('-c'), 'utf8').includes('useDefault = true')) usage('rules')
${ending}
const leaks = ${JSON.stringify(leaks)}.filter((leak) => strict || !leak.allowed)
fs.writeFileSync(flags.get('-r'), JSON.stringify(leaks.map(({ rule, file }) => ({
  RuleID: rule, Description: 'A secret', StartLine: 1, EndLine: 1, Match: 'REDACTED', Secret: 'REDACTED',
  File: file, Commit: '', Fingerprint: file + ':' + rule + ':1',
}))))
process.exit(leaks.length > 0 ? Number(flags.get('--exit-code')) : 0)
`,
  )
}

/** checkov 3: one framework, so one object. */
export function fakeCheckov(folder: string, failed: readonly string[]): string {
  const checks = failed.map((id) => ({
    check_id: id,
    check_name: `Check ${id}`,
    check_result: { result: 'FAILED' },
    file_path: '/main.tf',
    file_line_range: [3, 9],
    severity: null,
  }))
  const report = {
    check_type: 'terraform',
    results: { passed_checks: [], failed_checks: checks, skipped_checks: [], parsing_errors: [] },
    summary: { passed: 4, failed: failed.length, skipped: 0, parsing_errors: 0, checkov_version: '3.3.13' },
  }
  return fakeTool(
    folder,
    'checkov',
    `
if (args.join(' ') === '--version') { console.log('3.3.13'); process.exit(0) }
if (!args[0].startsWith('--directory=/')) usage('the folder in one word, so that its .checkov.yaml is not read')
if (args.includes('--quiet')) usage('--quiet hides parse errors')
for (const flag of ['--soft-fail', '--skip-download']) if (!args.includes(flag)) usage(flag)
if (process.env.CKV_PARSE_ERROR_FAIL !== 'true') usage('parse errors')
const out = args[args.indexOf('--output-file-path') + 1]
fs.writeFileSync(path.join(out, 'results_json.json'), ${JSON.stringify(JSON.stringify(report))})
`,
  )
}

/** trivy 0.74 `fs`, offline, with a database. `version`: another one. */
export function fakeTrivy(
  folder: string,
  found: readonly { readonly id: string; readonly severity: string }[],
  { version = '0.74.0', database = true } = {},
): string {
  const told = {
    Version: version,
    ...(database && { VulnerabilityDB: { Version: 2, UpdatedAt: '2025-03-03T06:00:00Z' } }),
  }
  const Vulnerabilities = found.map(({ id, severity }) => ({
    VulnerabilityID: id,
    PkgName: 'left-pad',
    InstalledVersion: '1.0.0',
    FixedVersion: '1.0.1',
    Status: 'fixed',
    Severity: severity,
  }))
  const packages = { Target: 'package-lock.json', Class: 'lang-pkgs', Type: 'npm', Vulnerabilities }
  const report = {
    SchemaVersion: 2,
    Trivy: { Version: version },
    ArtifactName: '.',
    ArtifactType: 'repository',
    ...(found.length > 0 && { Results: [packages] }),
  }
  return fakeTool(
    folder,
    'trivy',
    `
if (args.join(' ') === 'version -f json') { console.log(${JSON.stringify(JSON.stringify(told))}); process.exit(0) }
if (args[0] !== 'fs' || !path.isAbsolute(args.at(-1))) usage('fs')
for (const flag of ['--offline-scan', '--skip-db-update', '--skip-version-check', '--disable-telemetry', '--no-progress'])
  if (!args.includes(flag)) usage(flag)
if (fs.existsSync('trivy.yaml') || fs.existsSync('.trivyignore')) usage('settings of the tree')
if (!${database}) { process.stderr.write('FATAL --skip-db-update cannot be specified on the first run\\n'); process.exit(1) }
fs.writeFileSync(args[args.indexOf('-o') + 1], ${JSON.stringify(JSON.stringify(report))})
`,
  )
}

/** hadolint 2: prints its report; a finding of `allowed` has a pragma beside it. */
export function fakeHadolint(
  folder: string,
  codes: readonly { readonly code: string; readonly level: string; readonly allowed?: boolean }[],
): string {
  return fakeTool(
    folder,
    'hadolint',
    `
if (args.join(' ') === '--version') { console.log('Haskell Dockerfile Linter 2.14.0'); process.exit(0) }
const files = args.slice(args.indexOf('--') + 1)
if (!args.includes('--no-fail') || !args.includes('-c') || files.length === 0) usage('arguments')
const deaf = args.includes('--disable-ignore-pragma')
for (const file of files) fs.accessSync(file)
console.log(JSON.stringify(${JSON.stringify(codes)}.filter((one) => deaf || !one.allowed).map(({ code, level }) =>
  ({ file: files[0], line: 1, column: 1, level, code, message: 'm' }))))
`,
  )
}

/**
 * docker, as far as a tool is run from an image: refuses whatever would let the container do more than look, then runs
 * the program of `inside`. Keeps what it was asked in `log`.
 * Not as strict about its environment as a tool: an engine has a home and logs in.
 */
export function fakeDocker(folder: string, inside: string, log: string): string {
  const file = join(folder, 'docker')
  writeFileSync(
    file,
    `#!${process.execPath}
const fs = require('node:fs')
const { spawnSync } = require('node:child_process')
const args = process.argv.slice(2)
fs.appendFileSync(${JSON.stringify(log)}, JSON.stringify(args) + '\\n')
const usage = (why) => { process.stderr.write('docker: ' + why + '\\n'); process.exit(125) }
for (const name of Object.keys(process.env)) if (/^KEY_|TOKEN|SECRET/.test(name)) usage('a secret in ' + name)
if (args[0] === 'rm') { if (args[1] !== '--force' || !args[2]) usage('rm'); process.exit(0) }
if (args[0] !== 'run') usage(args[0])
const flags = new Map()
let at = 1
for (; args[at].startsWith('--'); at++) {
  const name = args[at]
  const value = ['--rm', '--read-only'].includes(name) ? true : args[++at]
  flags.set(name, [...(flags.get(name) ?? []), value])
}
const one = (name) => flags.get(name)?.[0]
if (!one('--rm') || !one('--read-only')) usage('--rm --read-only')
if (one('--network') !== 'none') usage('network')
if (one('--cap-drop') !== 'ALL' || one('--security-opt') !== 'no-new-privileges') usage('privileges')
if (one('--user') !== process.getuid() + ':' + process.getgid()) usage('user')
if (!/^waybill-/.test(one('--name'))) usage('name')
for (const mount of flags.get('--mount') ?? []) {
  const [, source, target] = /^type=bind,source=([^,]+),target=([^,]+)(?:,readonly)?$/.exec(mount) ?? usage(mount)
  if (source !== target || !fs.existsSync(source)) usage(mount)
}
const image = args[at]
if (!/@sha256:[0-9a-f]{64}$/.test(image)) usage(image)
const env = Object.fromEntries((flags.get('--env') ?? []).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
const program = ${JSON.stringify(inside)} + '/' + one('--entrypoint')
const done = spawnSync(program, args.slice(at + 1), { env: { PATH: process.env.PATH, ...env }, cwd: one('--workdir'), stdio: 'inherit' })
process.exit(done.status ?? 1)
`,
  )
  chmodSync(file, 0o755)
  return file
}
