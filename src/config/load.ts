import { readFileSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fail, limits } from '../base/index.ts'
import { compileTrust } from '../signing/index.ts'
import type { TrustPolicy } from '../signing/index.ts'
import { trustSchema } from '../signing/schema.ts'
import type { Application, Config } from './config.ts'
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
  const parsed = readThrough(configSchema, yaml)
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
    registries: new Map(Object.entries(parsed.registries)),
  }
}

/** A trust policy file, and the key files it names beside it. @throws CONFIG_MISSING, CONFIG_INVALID, TRUST_INVALID */
export async function loadTrust(path: string, shown: string): Promise<TrustPolicy> {
  const parsed = readThrough(trustSchema, readYaml(await readText(path, shown), shown))
  return compileTrust(parsed, (name) => readFileSync(resolve(dirname(path), name), 'utf8'), shown)
}

async function readText(path: string, shown: string): Promise<string> {
  const { size } = await reading(shown, stat(path))
  if (size > limits.configFileBytes)
    throw atTop(shown, `Found ${size} bytes, the limit is ${limits.configFileBytes}.`)
  const bytes = await reading(shown, readFile(path))
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw atTop(shown, 'Found bytes that are not UTF-8, expected a YAML text file.')
  }
}

async function reading<T>(shown: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    const message = absent
      ? `There is no file ${shown}.`
      : `Cannot read ${shown}: ${(cause as Error).message}.`
    throw fail(configErrors.CONFIG_MISSING, { message, where: shown, cause })
  }
}

function atTop(file: string, message: string) {
  return invalid([{ file, line: 1, column: 1, message }])
}

function stopAt(problems: readonly Problem[]): void {
  const [first, ...others] = problems
  if (first) throw invalid([first, ...others])
}

function applicationsOf(parsed: ConfigFile): ReadonlyMap<string, Application> {
  const entries = Object.entries(parsed.applications)
  return new Map(
    entries.map(([name, { source, build }]) => [
      name,
      { name, ...(source && { source }), ...(build && { build }) },
    ]),
  )
}

function signOf(parsed: ConfigFile): Config['sign'] {
  const entries = Object.entries(parsed.sign)
  return Object.fromEntries(
    entries.map(([name, { key, password }]) => [name, { key, ...(password && { password }) }]),
  )
}
