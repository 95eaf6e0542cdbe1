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

/**
 * The tags of a build. Always `git-<first 8 of commit>`, immutable; for a pull request also `pr-<n>`, floating.
 * Of the configured ones those that name a {commit} or {version} are immutable. A tag whose placeholder has no value
 * in this build ({pr} of a push) is left out. What was built from changed files is no commit: all its tags
 * carry `-dirty` and float.
 * @throws BUILD_INVALID when a tag comes out malformed or names an unknown placeholder, or when the name of a branch
 * makes it one that stands for something else
 */
export function buildTags(spec: BuildSpec, source: SourceFacts): BuildTags {
  const templates = ['git-{commit}', ...(source.pullRequest ? ['pr-{pr}'] : []), ...spec.build.tags]
  const values = placeholders(source)
  const immutable = new Set<string>()
  const floating = new Set<string>()
  for (const template of templates) {
    const tag = expand(source.dirty ? `${template}-dirty` : template, values)
    if (tag === undefined) continue
    const fixed = /\{(commit|version)\}/.test(template) && !source.dirty
    if (fixed) immutable.add(tag)
    else floating.add(tag)
  }
  return { immutable: [...immutable], floating: [...floating].filter((tag) => !immutable.has(tag)) }
}

const FREE = /\{(?:branch|pr)\}/
/** What `git-{commit}` and `{version}` come out as. */
const IMMUTABLE = /^(?:git-[0-9a-f]{8}|\d+\.\d+\.\d+(?:-.*)?)$/

function placeholders(source: SourceFacts): Readonly<Record<string, string | undefined>> {
  const branch = /^refs\/heads\/(.+)$/.exec(source.ref)?.[1]
  return {
    commit: source.commit.slice(0, 8),
    pr: source.pullRequest,
    version: source.version,
    // Branch names may hold characters that tags may not.
    branch: branch?.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[.-]+/, ''),
  }
}

function expand(template: string, values: Readonly<Record<string, string | undefined>>): string | undefined {
  const names = [...template.matchAll(/\{([^}]*)\}/g)].map((match) => match[1] ?? '')
  const unknown = names.find((name) => !Object.hasOwn(values, name))
  if (unknown !== undefined)
    throw invalid(template, `expected {commit}, {pr}, {version} or {branch}, not {${unknown}}`)
  if (names.some((name) => !values[name])) return undefined
  const tag = template.replace(/\{([^}]*)\}/g, (_, name: string) => values[name] ?? '')
  // Whoever may push a branch may call it `promotions.prod` or `1.4.0`; that must move no record chain and no release.
  if (isReservedTag(tag) || (FREE.test(template) && IMMUTABLE.test(tag)))
    throw invalid(template, `"${tag}" stands for something else`)
  if (isTag(tag)) return tag
  throw invalid(template, `"${tag}" is not a tag (letters, digits, _ . - and at most 128)`)
}

function invalid(template: string, why: string) {
  return fail(pipelineErrors.BUILD_INVALID, {
    message: `Found the tag "${template}": ${why}.`,
    where: 'build.tags',
  })
}
