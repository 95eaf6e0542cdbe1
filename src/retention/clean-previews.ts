import { isFailure } from '../base/index.ts'
import type { OnStep } from '../base/index.ts'
import { chainTag } from '../assessment/index.ts'
import type { ChainPlace } from '../assessment/index.ts'
import type { Digest } from '../oci/index.ts'
import type { ImageStore } from '../registry/index.ts'
import type { TrustPolicy } from '../signing/index.ts'
import type { CleanAnswer, CleanCommand, CleanedImage } from './clean-answer.ts'
import { remove, removalOf, removeTag } from './delete-image.ts'
import type { Removal } from './delete-image.ts'
import { retentionErrors } from './errors.ts'
import { findPreviews, rulesOf } from './find-previews.ts'
import type { Found } from './find-previews.ts'
import type { PreviewRules } from './judge-preview.ts'
import { promotedDigests } from './promoted.ts'
import { chainsIn, heldBy, isAttached, taggedImages } from './tagged-images.ts'
import type { TaggedImages } from './tagged-images.ts'

/** What cleaning needs from outside. */
export interface CleanParts {
  /** Where the application's builds are. */
  readonly store: ImageStore
  /** The chain of an environment in the repository of builds, whether waybill.yaml names the environment or not. */
  readonly chainHere: (environment: string) => ChainPlace
  /** The chains of all environments of the application, wherever they are. */
  readonly chains: readonly ChainPlace[]
  readonly isTagOfBuild: PreviewRules['isTagOfBuild']
  readonly trust: TrustPolicy
  readonly now: Date
  readonly onStep: OnStep
  readonly signal: AbortSignal
}

/**
 * Takes builds of pull requests out of the repository of builds: by signed provenance, and only where nothing else
 * names them or holds them. Safe to run again after a crash: provenance goes last.
 * @throws CLEAN_UNCLEAR, DELETE_UNSUPPORTED, RECORD_* when a chain cannot be read; then nothing was deleted
 */
export async function cleanPreviews(command: CleanCommand, parts: CleanParts): Promise<CleanAnswer> {
  const { store } = parts
  const rules = rulesOf(command, parts)
  parts.onStep({ kind: 'step', step: 'look', state: 'start', note: store.location })
  const images = await taggedImages(store)
  const promoted = await promotedDigests(placesOf(images, parts))
  const found = await findPreviews(images, { ...rules, promoted }, parts)
  const going = new Set(found.flatMap(({ digest, judged }) => (judged.verdict === 'go' ? [digest] : [])))
  const kept = [...images.keys()].filter((digest) => !going.has(digest))
  const held = going.size > 0 ? await heldBy(store, kept) : new Set<Digest>()
  parts.onStep({ kind: 'step', step: 'look', state: 'done', note: `${going.size} to go` })
  const cleaned: CleanedImage[] = []
  const work = { images, held, dryRun: command.dryRun ?? false, parts }
  for (const one of found) cleaned.push(await cleanOne(one, work))
  const wrote = cleaned.some(({ tags, manifests }) => tags.length > 0 || manifests > 0)
  return {
    kind: 'clean',
    outcome: command.dryRun ? 'planned' : wrote ? 'cleaned' : 'already',
    application: command.application,
    repository: store.location,
    images: cleaned,
  }
}

/** The chains of waybill.yaml, and those that are here although it no longer names their environment. */
function placesOf(images: TaggedImages, { store, chains, chainHere }: CleanParts): readonly ChainPlace[] {
  const here = chains.filter((place) => place.store.location === store.location)
  const known = new Set(here.map(({ environment }) => environment))
  return [
    ...chains,
    ...chainsIn(images)
      .filter((environment) => !known.has(environment))
      .map(chainHere),
  ]
}

interface Work {
  readonly images: TaggedImages
  /** What stays holds these. */
  readonly held: ReadonlySet<Digest>
  readonly dryRun: boolean
  readonly parts: CleanParts
}

async function cleanOne({ digest, tags, judged }: Found, work: Work): Promise<CleanedImage> {
  const { held, dryRun, parts } = work
  if (judged.verdict === 'stay') return { digest, ...named(judged), outcome: 'kept', tags: [], manifests: 0 }
  const isHeld = held.has(digest)
  if (judged.verdict === 'untag' || isHeld) {
    const gone = tags.filter((tag) => tag.replace(/-dirty$/, '') === `pr-${judged.pullRequest}`)
    const reason = judged.verdict === 'untag' ? judged.reason : 'something else holds it'
    const went: string[] = []
    for (const tag of gone) if (dryRun || (await untag(tag, digest, parts))) went.push(tag)
    return { digest, pullRequest: judged.pullRequest, reason, outcome: 'kept', tags: went, manifests: 0 }
  }
  const removal = await removalOf(parts.store, digest, held)
  const manifests = removal.first.length + 1 + removal.last.length
  const about = { digest, pullRequest: judged.pullRequest, tags, manifests }
  if (dryRun) return { ...about, outcome: 'planned' }
  return (await removeUnlessMoved(removal, tags, work))
    ? { ...about, outcome: 'deleted' }
    : { ...about, outcome: 'kept', reason: 'it got another name meanwhile', tags: [], manifests: 0 }
}

/** Somebody may have promoted or tagged it since the tags were read. */
async function removeUnlessMoved(removal: Removal, tags: readonly string[], work: Work): Promise<boolean> {
  const { store, chains, onStep, signal } = work.parts
  signal.throwIfAborted()
  const known = new Set([...work.images.values()].flat())
  const added = (await store.tags()).filter((tag) => !known.has(tag) && !isAttached(tag))
  const heads = [
    ...added.map(async (tag) => (await store.head(tag))?.digest),
    ...chains.map(
      async (place) => (await place.store.manifest(chainTag(place.environment)))?.manifest.subject?.digest,
    ),
  ]
  if ((await Promise.all(heads)).includes(removal.root)) return false
  await remove(store, removal, tags)
  onStep({ kind: 'step', step: 'delete', state: 'done', note: tags.join(', ') })
  return true
}

/** A registry that deletes no tags keeps a name too many; that is told, and is no reason to stop. */
async function untag(tag: string, digest: Digest, { store, onStep }: CleanParts): Promise<boolean> {
  if ((await store.head(tag))?.digest !== digest) return false
  try {
    await removeTag(store, tag)
    return true
  } catch (error) {
    if (!isFailure(error, retentionErrors.DELETE_UNSUPPORTED)) throw error
    onStep({ kind: 'warning', code: 'TAG_STAYS', message: `${tag} stays: this registry deletes no tags.` })
    return false
  }
}

function named({ pullRequest, reason }: { readonly pullRequest?: string; readonly reason: string }) {
  return { ...(pullRequest !== undefined && { pullRequest }), reason }
}
