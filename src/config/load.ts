import { readFileSync, statSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fail, limits, systemReason } from '../base/index.ts'
import { compileTrust } from '../signing/index.ts'
import type { TrustPolicy } from '../signing/index.ts'
import { trustSchema } from '../signing/schema.ts'
import type { Application, Config, SigningConfig } from './config.ts'
import { configErrors } from './errors.ts'
import { readThrough } from './explain.ts'
import { graphProblems } from './graph.ts'
import { invalid } from './problems.ts'
import type { Problem } from './problems.ts'
import { repositoryProblems } from './repositories.ts'
import { resolveEnvironments } from './resolve.ts'
import { configSchema } from './schema.ts'
import type { ConfigFile } from './schema.ts'
import { trustNameProblems } from './trust-names.ts'
import { readYaml } from './yaml-file.ts'

/**
 * waybill.yaml and the trust policy it names → Config, complete and consistent.
 * @param file path, absolute or relative to the current directory
 * @throws CONFIG_MISSING, CONFIG_INVALID (every problem with file, line and column), TRUST_INVALID, KEY_INVALID
 */
export async function loadConfig(file: string): Promise<Config> {
  const yaml = readYaml(await readText(file, file), file)
  const parsed = await readThrough(configSchema, yaml)
  const resolved = resolveEnvironments(parsed, yaml)
  stopAt([
    ...resolved.problems,
    ...(resolved.problems.length === 0 ? graphProblems(resolved, yaml) : []),
    ...repositoryProblems(Object.keys(parsed.applications), resolved, yaml),
  ])
  const directory = dirname(resolve(file))
  const trust = await loadTrust(resolve(directory, parsed.trust), parsed.trust)
  stopAt(trustNameProblems(resolved, trust, yaml))
  return {
    file,
    directory,
    applications: applicationsOf(parsed),
    environments: resolved.environments,
    trust,
    sign: signOf(parsed),
    signing: signingOf(parsed),
    identity: parsed.identity,
    registries: new Map(Object.entries(parsed.registries)),
    tools: parsed.tools,
    ci: parsed.ci,
  }
}

/** A trust policy file, and the key files it names beside it. @throws CONFIG_MISSING, CONFIG_INVALID, TRUST_INVALID */
export async function loadTrust(path: string, shown: string): Promise<TrustPolicy> {
  const parsed = await readThrough(trustSchema, readYaml(await readText(path, shown, TRUST_NEXT), shown))
  return compileTrust(parsed, (name) => readBeside(resolve(dirname(path), name)), shown)
}

// Whoever writes the file names these: a device would never end, and a pipe would wait for ever.
function readBeside(path: string): string {
  const { size } = ordinary(statSync(path))
  if (size > limits.configFileBytes)
    throw new Error(`it has ${size} bytes, the limit is ${limits.configFileBytes}`)
  return readFileSync(path, 'utf8')
}

function ordinary(found: Stats): Stats {
  if (found.isFile() || found.isDirectory()) return found
  throw new Error('it is no ordinary file')
}

const TRUST_NEXT = 'Write it, or correct the path; docs/reference/trust.md describes the trust policy.'

/** A configuration file's text. `limit` in bytes. @throws CONFIG_MISSING, CONFIG_INVALID */
export async function readText(
  path: string,
  shown: string,
  next?: string,
  limit: number = limits.configFileBytes,
): Promise<string> {
  const { size } = await reading(path, stat(path).then(ordinary), next)
  if (size > limit) throw atTop(shown, `Found ${size} bytes, the limit is ${limit}.`)
  const bytes = await reading(path, readFile(path), next)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw atTop(shown, 'Found bytes that are not UTF-8, expected a YAML text file.', lineOfFlaw(bytes))
  }
}

async function reading<T>(path: string, work: Promise<T>, next: string | undefined): Promise<T> {
  try {
    return await work
  } catch (cause) {
    const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    const message = absent
      ? `There is no file ${path}.`
      : `Cannot read ${path}: ${systemReason(cause) ?? (cause as Error).message}.`
    throw fail(configErrors.CONFIG_MISSING, { message, where: path, ...(next && { next }), cause })
  }
}

function atTop(file: string, message: string, line = 1) {
  return invalid([{ file, line, column: 1, message }])
}

/** The line of the first byte that is not UTF-8. */
function lineOfFlaw(bytes: Uint8Array): number {
  return new TextDecoder().decode(bytes).split('\uFFFD', 1).join('').split('\n').length
}

function stopAt(problems: readonly Problem[]): void {
  const [first, ...others] = problems
  if (first) throw invalid([first, ...others])
}

function applicationsOf(parsed: ConfigFile): ReadonlyMap<string, Application> {
  const entries = Object.entries(parsed.applications)
  return new Map(
    entries.map(([name, { source, build, checks = parsed.checks, tests = parsed.tests }]) => [
      name,
      { name, checks, ...(source && { source }), ...(build && { build }), ...(tests && { tests }) },
    ]),
  )
}

function signOf(parsed: ConfigFile): Config['sign'] {
  const entries = Object.entries(parsed.sign)
  return Object.fromEntries(
    entries.flatMap(([name, { key, password }]) =>
      key === undefined ? [] : [[name, { key, ...(password && { password }) }]],
    ),
  )
}

function signingOf({ sign, signing, timestamp }: ConfigFile): Config['signing'] {
  const facts = Object.entries(sign).map(([name, { certificate, keyless, ...given }]) => [
    name,
    { certificate, keyless, timestamp: given.timestamp },
  ])
  return { profile: signing.profile, facts: Object.fromEntries(facts) as SigningConfig['facts'], timestamp }
}
