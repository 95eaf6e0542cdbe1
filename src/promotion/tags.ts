import type { SemVer } from 'semver'
import compare from 'semver/functions/compare.js'
import parse from 'semver/functions/parse.js'
import { fail, printableLine } from '../base/index.ts'
import type { Digest } from '../oci/index.ts'
import { refuseSecondDigest } from '../registry/index.ts'
import type { ImageStore } from '../registry/index.ts'
import { promotionErrors } from './errors.ts'
import type { TagTemplate } from './schema.ts'

/** What fills a tag template. */
export interface TagValues {
  readonly commit: string | undefined
  readonly version: string | undefined
}

/** One tag of a promotion, with what it points at before. */
export interface PlannedTag {
  readonly tag: string
  readonly mobility: 'immutable' | 'floating'
  readonly before: Digest | undefined
}

export interface TagPlan {
  readonly tags: readonly PlannedTag[]
  /** Floating tags left alone because a newer version holds them. */
  readonly kept: readonly string[]
}

/**
 * Which tags this digest gets in a repository, decided before anything is written.
 * Immutable tags refuse a second digest; floating ones move only forward (DESIGN §2).
 * @throws VERSION_REQUIRED, VERSION_INVALID, COMMIT_UNKNOWN, IMMUTABLE_TAG_CONFLICT
 */
export async function planTags(
  store: ImageStore,
  templates: readonly TagTemplate[],
  values: TagValues,
  digest: Digest,
): Promise<TagPlan> {
  if (templates.length === 0) return { tags: [], kept: [] }
  const version = templates.some(needsVersion) ? parseVersion(values.version, store) : undefined
  const known = templates.some(needsList) ? await store.tags() : []
  const kept: string[] = []
  const names: { tag: string; mobility: PlannedTag['mobility'] }[] = []
  for (const template of templates) {
    const tag = await fill(template, { ...values, version }, { store, known, digest })
    if (isOvertaken(template, templates, version, known)) kept.push(tag)
    else names.push({ tag, mobility: template.mobility })
  }
  const tags = await Promise.all(
    names.map(async ({ tag, mobility }) => {
      const immutable = mobility === 'immutable'
      const before = immutable
        ? await refuseSecondDigest(store, tag, digest)
        : (await store.head(tag))?.digest
      return { tag, mobility, before }
    }),
  )
  return { tags, kept }
}

/**
 * The plan of a promotion whose tags are as its record says: each is asked once, and nothing needs to be listed.
 * undefined when the templates ask for other tags than were recorded, or one of them names something else now.
 * @param seen a tag that was just found to name the digest
 * @throws as `planTags`
 */
export async function standingTags(
  store: ImageStore,
  templates: readonly TagTemplate[],
  values: TagValues,
  digest: Digest,
  recorded: readonly string[],
  seen: string | undefined,
): Promise<TagPlan | undefined> {
  const version = templates.some(needsVersion) ? parseVersion(values.version, store) : undefined
  const tags = templates.flatMap((template) => {
    const filled = withValues(template, { commit: values.commit, version }, store)
    const isIt = (tag: string) =>
      filled.includes('{n}') ? countIn(filled, tag) !== undefined : tag === filled
    const tag = recorded.find(isIt)
    return tag === undefined ? [] : [{ tag, mobility: template.mobility, before: digest }]
  })
  if (tags.length < templates.length) return undefined
  const unseen = tags.filter(({ tag }) => tag !== seen)
  const found = await Promise.all(unseen.map(({ tag }) => store.head(tag)))
  return found.every((one) => one?.digest === digest) ? { tags, kept: [] } : undefined
}

interface FillValues {
  readonly commit: string | undefined
  readonly version: SemVer | undefined
}

interface TagScene {
  readonly store: ImageStore
  readonly known: readonly string[]
  readonly digest: Digest
}

async function fill(template: TagTemplate, values: FillValues, scene: TagScene): Promise<string> {
  const filled = withValues(template, values, scene.store)
  return filled.includes('{n}') ? numbered(filled, scene) : filled
}

/** The tag, or with `{n}` what is left to count. @throws COMMIT_UNKNOWN */
function withValues(template: TagTemplate, { commit, version }: FillValues, store: ImageStore): string {
  // An annotation or a builder may call anything a commit: `{commit}` must not become `latest` or `1.4.0`.
  const wanted = template.text.includes('{sha}') ? /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/ : /^[0-9a-f]{7,64}$/
  if (/\{(?:commit|sha|short)\}/.test(template.text) && !wanted.test(commit ?? '')) {
    const found = commit ? `, found "${printableLine(commit, 80)}"` : ''
    throw fail(promotionErrors.COMMIT_UNKNOWN, {
      message: `The tag "${template.text}" needs a commit${found}.`,
      where: store.location,
    })
  }
  return template.text
    .replaceAll('{commit}', (commit ?? '').slice(0, 8))
    .replaceAll('{short}', (commit ?? '').slice(0, 7))
    .replaceAll('{sha}', commit ?? '')
    .replaceAll('{version}', version?.version ?? '')
    .replaceAll('{major}', String(version?.major))
    .replaceAll('{minor}', String(version?.minor))
    .replaceAll('{patch}', String(version?.patch))
}

/** `1.4.0-rc.{n}`: the number this digest already has, else one more than the highest there is. */
async function numbered(filled: string, scene: TagScene): Promise<string> {
  const [before = '', after = ''] = filled.split('{n}')
  const taken = scene.known.flatMap((tag) => countIn(filled, tag) ?? []).toSorted((a, b) => b - a)
  for (const n of taken) {
    const found = await scene.store.head(`${before}${n}${after}`)
    if (found?.digest === scene.digest) return `${before}${n}${after}`
  }
  return `${before}${(taken[0] ?? 0) + 1}${after}`
}

/** What `{n}` stands for in a tag. */
function countIn(filled: string, tag: string): number | undefined {
  const [before = '', after = ''] = filled.split('{n}')
  if (!tag.startsWith(before) || !tag.endsWith(after)) return undefined
  const n = tag.slice(before.length, tag.length - after.length)
  // Longer ones are nobody's count, and adding one to them would not change them.
  return /^[1-9][0-9]{0,8}$/.test(n) ? Number(n) : undefined
}

/**
 * A floating version tag stays when a higher release exists within what it stands for: `1.3` looks at 1.3.x,
 * `1` at 1.x, a word such as `stable` at everything. Pre-releases never take a floating version tag.
 */
function isOvertaken(
  template: TagTemplate,
  all: readonly TagTemplate[],
  version: SemVer | undefined,
  known: readonly string[],
): boolean {
  if (template.mobility === 'immutable' || !version || !isVersionOrdered(template, all)) return false
  if (version.prerelease.length > 0) return true
  return known.some((tag) => {
    const other = parse(tag)
    if (!other || other.version !== tag || other.prerelease.length > 0) return false
    if (template.text.includes('{major}') && other.major !== version.major) return false
    if (template.text.includes('{minor}') && other.minor !== version.minor) return false
    return compare(other, version) > 0
  })
}

/** A word beside a release tag (`stable`) follows versions; elsewhere (`dev`) it follows the environment. */
export function isVersionOrdered(template: TagTemplate, all: readonly TagTemplate[]): boolean {
  if (template.mobility === 'immutable') return false
  return needsVersion(template) || all.some(isReleaseTag)
}

/** `{version}` without a counter: the tag of a release. */
export function isReleaseTag(template: TagTemplate): boolean {
  return template.text.includes('{version}') && !template.text.includes('{n}')
}

function needsVersion(template: TagTemplate): boolean {
  return /\{(version|major|minor|patch)\}/.test(template.text)
}

function needsList(template: TagTemplate): boolean {
  return template.text.includes('{n}') || template.mobility === 'floating'
}

function parseVersion(version: string | undefined, store: ImageStore): SemVer {
  if (version === undefined)
    throw fail(promotionErrors.VERSION_REQUIRED, {
      message: 'The tags of this environment need a version.',
      where: store.location,
    })
  const read = parse(version)
  if (read && read.version === version) return read
  throw fail(promotionErrors.VERSION_INVALID, {
    message: `Found "${version}", expected a semantic version such as 1.4.0.`,
    where: store.location,
  })
}
