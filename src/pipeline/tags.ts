import { fail } from '../base/index.ts'
import { isReservedTag, isTag } from '../oci/index.ts'
import type { BuildSpec } from './build-job.ts'
import { pipelineErrors } from './errors.ts'
import type { SourceFacts } from './build-job.ts'

export interface BuildTags {
  /** Refuse a second digest. */
  readonly immutable: readonly string[]
  /** Move with every build. */
  readonly floating: readonly string[]
}

/** How an application's builds are tagged. */
export interface TagSpec {
  readonly build: Pick<BuildSpec['build'], 'tags' | 'commitTag'>
}

/** What the tags of one build are made from. */
export type TagSource = Pick<SourceFacts, 'commit' | 'ref' | 'pullRequest' | 'version'>

/**
 * The tags of a build. Always `git-<first 8 of commit>`, immutable, or with `commitTag: unique` one for each CI run;
 * for a pull request also `pr-<n>`, floating, and of the configured ones only those that name its commit or number. Of
 * the configured ones those that name a commit or version are
 * immutable. A tag whose placeholder has no value in this build ({pr} of a push) is left out. What was built from
 * changed files is no commit: all its tags carry `-dirty` and float.
 * @throws BUILD_INVALID when a tag comes out malformed or names an unknown placeholder, when the name of a branch
 * makes it one that stands for something else, or when a tag for each run is asked for and nobody knows the run
 */
export function buildTags(spec: BuildSpec, source: SourceFacts): BuildTags {
  const values = placeholders(source, spec.run)
  const immutable = new Set<string>()
  const floating = new Set<string>()
  for (const template of templatesOf(spec, source.pullRequest !== undefined)) {
    const tag = expand(source.dirty ? `${template}-dirty` : template, values, spec)
    if (tag === undefined) continue
    if (isImmutable(template) && !source.dirty) immutable.add(tag)
    else floating.add(tag)
  }
  return { immutable: [...immutable], floating: [...floating].filter((tag) => !immutable.has(tag)) }
}

/**
 * Which tags a build of a pull request gave itself, whatever run it was: those that name its commit or its number.
 * A tag that anybody else gave it is none of them.
 */
export function isTagOfBuild(tag: string, spec: TagSpec, source: TagSource): boolean {
  const values = placeholders(source, undefined)
  // commitTag may have been another when it was built.
  return [...Object.values(COMMIT_TAG), ...templatesOf(spec, true)].some((template) =>
    new RegExp(`^${patternOf(template, values, OF_BUILDS)}(?:-dirty)?$`).test(tag),
  )
}

/** `git-{commit}` may be told to be one for each run. */
const COMMIT_TAG = { refuse: 'git-{commit}', unique: 'git-{commit}-{build}' } as const

function templatesOf({ build }: TagSpec, isPullRequest: boolean): readonly string[] {
  const commit = COMMIT_TAG[build.commitTag]
  return isPullRequest ? [commit, 'pr-{pr}', ...build.tags.filter(isOwn)] : [commit, ...build.tags]
}

/** Says which build it is of. A pull request must move no `latest`, and take no version. */
function isOwn(template: string): boolean {
  return /\{(?:commit|sha|short|pr)\}/.test(template)
}

function isImmutable(template: string): boolean {
  return /\{(?:commit|sha|short|version)\}/.test(template)
}

const FREE = /\{(?:branch|pr)\}/
const SHAPES: Readonly<Record<string, string>> = {
  commit: '[0-9a-f]{8}',
  sha: '[0-9a-f]{40}(?:[0-9a-f]{24})?',
  short: '[0-9a-f]{7}',
  build: '[0-9A-Za-z._-]+',
  version: String.raw`\d+\.\d+\.\d+(?:-.*)?`,
  pr: '[0-9]+',
  branch: '.*',
}

/** CI systems number their runs: a word there is somebody's own. A build without a branch has no tag of one. */
const OF_BUILDS = { ...SHAPES, build: String.raw`\d+(?:-\d+)?`, branch: '(?!)' }

type Values = Readonly<Record<string, string | undefined>>

/** A template as an expression: what it comes out as, with these values, or with any. */
function patternOf(template: string, values: Values, shapes = SHAPES): string {
  return template
    .split(/\{([^}]*)\}/)
    .map((part, at) => (at % 2 === 0 ? literal(part) : literal(values[part] ?? '') || (shapes[part] ?? '')))
    .join('')
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}

function placeholders(source: TagSource, run: string | undefined): Values {
  const branch = /^refs\/heads\/(.+)$/.exec(source.ref)?.[1]
  return {
    commit: source.commit.slice(0, 8),
    sha: source.commit,
    short: source.commit.slice(0, 7),
    build: run,
    pr: source.pullRequest,
    version: source.version,
    // Branch names may hold characters that tags may not.
    branch: branch?.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[.-]+/, ''),
  }
}

function expand(template: string, values: Values, spec: BuildSpec): string | undefined {
  const names = [...template.matchAll(/\{([^}]*)\}/g)].map((match) => match[1] ?? '')
  const unknown = names.find((name) => !Object.hasOwn(values, name))
  if (unknown !== undefined)
    throw invalid(
      template,
      `expected ${Object.keys(values)
        .map((name) => `{${name}}`)
        .join(', ')}, not {${unknown}}`,
    )
  if (names.includes('build') && !values.build)
    throw invalid(template, 'it needs the number of a CI run; state one with --run')
  if (names.some((name) => !values[name])) return undefined
  const tag = template.replace(/\{([^}]*)\}/g, (_, name: string) => values[name] ?? '')
  // Whoever may push a branch may call it `promotions.prod` or `1.4.0`; that must move no record chain and no release.
  if (isReservedTag(tag) || (FREE.test(template) && !isImmutable(template) && isTaken(tag, spec)))
    throw invalid(template, `"${tag}" stands for something else`)
  if (isTag(tag)) return tag
  throw invalid(template, `"${tag}" is not a tag (letters, digits, _ . - and at most 128)`)
}

/** Does it look like a tag that names a commit or version? */
function isTaken(tag: string, { build }: BuildSpec): boolean {
  const fixed = ['git-{commit}', 'git-{commit}-{build}', '{version}', ...build.tags].filter(isImmutable)
  return fixed.some((template) => new RegExp(`^${patternOf(template, {})}$`).test(tag))
}

function invalid(template: string, why: string) {
  return fail(pipelineErrors.BUILD_INVALID, {
    message: `Found the tag "${template}": ${why}.`,
    where: 'build.tags',
  })
}
