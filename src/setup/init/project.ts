import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isFailure, isObject, limits, orUndefined, parseJson } from '../../base/index.ts'
import { run } from '../../base/command.ts'
import { findProgram, sourceUrl } from '../../tools/index.ts'

const ciSystems = ['azure', 'github', 'gitlab', 'jenkins'] as const
export type CiSystem = (typeof ciSystems)[number]

/** What a folder says about itself. Nothing here is asked of the network. */
export interface Project {
  readonly directory: string
  /** A name that waybill.yaml accepts, from package.json, the remote, or the folder. */
  readonly application: string
  readonly source: string | undefined
  /** The remote's default branch, else what is checked out now. */
  readonly branch: string
  readonly dockerfile: string | undefined
  readonly builder: 'native' | 'buildx' | 'buildah'
  /** It has a version of its own, so that releases can be named by it. */
  readonly versioned: boolean
  readonly ci: CiSystem | undefined
  /** Scanners on this machine that fit what is here. */
  readonly scanners: readonly Scanner[]
}

export const scanners = ['gitleaks', 'hadolint', 'checkov', 'trivy'] as const
export type Scanner = (typeof scanners)[number]

/** @param directory absolute */
export async function lookAtProject(
  directory: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Project> {
  const [git, manifest, dockerfile] = await Promise.all([
    gitHere(directory, env, signal),
    packageJson(directory),
    firstThere(directory, ['Dockerfile', 'Containerfile']),
  ])
  const { source } = git
  return {
    directory,
    application: nameFrom(manifest?.name, source && basename(new URL(source).pathname), basename(directory)),
    source,
    branch: git.branch ?? 'main',
    dockerfile,
    builder: dockerfile === undefined ? 'native' : await builderHere(env, directory),
    versioned: typeof manifest?.version === 'string',
    ci: await ciOf(directory, source),
    scanners: await scannersHere(env, directory),
  }
}

/** What a configuration takes for the name of one branch. */
const BRANCH = /^[A-Za-z0-9][A-Za-z0-9._/-]*$/

/** Also before the first commit. */
async function gitHere(cwd: string, env: NodeJS.ProcessEnv, signal: AbortSignal) {
  const ask = async (args: readonly string[]) => {
    try {
      const { stdout } = await run('git', args, { cwd, env, signal, accept: [0, 1, 128] })
      return stdout.toString('utf8').trim()
    } catch (error) {
      if (isFailure(error)) return ''
      throw error
    }
  }
  const [origin, standard, current] = await Promise.all([
    ask(['config', '--get', 'remote.origin.url']),
    ask(['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD']),
    ask(['symbolic-ref', '--quiet', '--short', 'HEAD']),
  ])
  const branch = standard.replace(/^origin\//, '') || current
  return { source: sourceUrl(origin), branch: BRANCH.test(branch) ? branch : undefined }
}

async function packageJson(directory: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const path = join(directory, 'package.json')
  const bytes = await readFile(path).catch(() => undefined)
  if (!bytes || bytes.length > limits.configFileBytes) return undefined
  const json = orUndefined(() => parseJson(bytes, path))
  return isObject(json) ? json : undefined
}

/** The first of these that holds a letter or digit, in the form that application names have. */
function nameFrom(...given: readonly unknown[]): string {
  for (const text of given) {
    if (typeof text !== 'string') continue
    const name = text
      .toLowerCase()
      .replace(/^@[^/]*\//, '')
      .replace(/\.git$/, '')
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 60)
    if (name) return name
  }
  return 'app'
}

async function builderHere(env: NodeJS.ProcessEnv, directory: string): Promise<Project['builder']> {
  if (await findProgram(['docker'], env, directory)) return 'buildx'
  return (await findProgram(['buildah'], env, directory)) ? 'buildah' : 'buildx'
}

async function ciOf(directory: string, source: string | undefined): Promise<CiSystem | undefined> {
  const files: readonly (readonly [CiSystem, readonly string[]])[] = [
    ['azure', ['azure-pipelines.yml', '.azuredevops', '.azure-pipelines']],
    ['github', ['.github/workflows']],
    ['gitlab', ['.gitlab-ci.yml']],
    ['jenkins', ['Jenkinsfile']],
  ]
  for (const [system, names] of files) if (await firstThere(directory, names)) return system
  const host = source === undefined ? '' : new URL(source).hostname
  if (/(?:^|\.)dev\.azure\.com$|\.visualstudio\.com$/.test(host)) return 'azure'
  if (/(?:^|\.)github\./.test(host)) return 'github'
  return /(?:^|\.)gitlab\./.test(host) ? 'gitlab' : undefined
}

async function scannersHere(env: NodeJS.ProcessEnv, directory: string): Promise<readonly Scanner[]> {
  const found = await Promise.all(scanners.map((name) => findProgram([name], env, directory)))
  return scanners.filter((_, index) => found[index] !== undefined)
}

async function firstThere(directory: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) if (await stat(join(directory, name)).catch(() => undefined)) return name
  return undefined
}
