import { isFailure } from '../base/index.ts'
import type { OnStep } from '../base/index.ts'
import { chainTag } from '../assessment/index.ts'
import type { ChainPlace } from '../assessment/index.ts'
import type { Digest } from '../oci/index.ts'
import type { ImageStore } from '../registry/index.ts'
import type { CleanedImage } from './clean-answer.ts'
import { remove, removalOf, removeTag } from './delete-image.ts'
import type { Removal } from './delete-image.ts'
import { retentionErrors } from './errors.ts'
import type { Judged } from './judge-preview.ts'
import { isAttached } from './named-images.ts'

/** An image that was asked about, with what may happen to it. */
export interface Found {
  readonly digest: Digest
  readonly tags: readonly string[]
  readonly judged: Exclude<Judged, { readonly verdict: 'other' }>
}

export interface Cleaning {
  readonly store: ImageStore
  /** The chains of all environments of the application. */
  readonly chains: readonly ChainPlace[]
  /** Every tag there was when the images were judged. */
  readonly known: ReadonlySet<string>
  /** What stays holds these. */
  readonly held: ReadonlySet<Digest>
  readonly dryRun: boolean
  readonly onStep: OnStep
  readonly signal: AbortSignal
}

/** Does to one image what was judged. @throws DELETE_UNSUPPORTED */
export async function cleanOne(found: Found, cleaning: Cleaning): Promise<CleanedImage> {
  const { digest, judged } = found
  if (judged.verdict === 'go' && !cleaning.held.has(digest)) return take(found, judged.pullRequest, cleaning)
  const reason = judged.verdict === 'go' ? 'something that stays holds it' : judged.reason
  const { pullRequest } = judged
  const kept = { digest, ...(pullRequest !== undefined && { pullRequest }), reason, outcome: 'kept' } as const
  const tags = judged.verdict === 'stay' ? [] : await untag(found, judged.pullRequest, cleaning)
  return { ...kept, tags, manifests: 0 }
}

async function take({ digest, tags }: Found, pullRequest: string, cleaning: Cleaning): Promise<CleanedImage> {
  const { store, held, dryRun, onStep, signal } = cleaning
  const removal = await removalOf(store, digest, held)
  const about = { digest, pullRequest, tags, manifests: removal.count }
  if (dryRun) return { ...about, outcome: 'planned' }
  signal.throwIfAborted()
  if (await isNamedNow(removal, cleaning))
    return { ...about, outcome: 'kept', reason: 'it got another name meanwhile', tags: [], manifests: 0 }
  await remove(store, removal, tags)
  onStep({ kind: 'step', step: 'delete', state: 'done', note: tags.join(', ') || digest })
  return { ...about, outcome: 'deleted' }
}

/** Somebody may have promoted or tagged it since the tags were read. */
async function isNamedNow({ root }: Removal, { store, chains, known }: Cleaning): Promise<boolean> {
  const added = (await store.tags()).filter((tag) => !known.has(tag) && !isAttached(tag))
  const heads = await Promise.all([
    ...added.map(async (tag) => (await store.head(tag))?.digest),
    ...chains.map(
      async (place) => (await place.store.manifest(chainTag(place.environment)))?.manifest.subject?.digest,
    ),
  ])
  return heads.includes(root)
}

/** Takes the tags of the pull request off an image that stays. Gives those that went, or would go. */
async function untag(
  { digest, tags }: Found,
  pullRequest: string,
  cleaning: Cleaning,
): Promise<readonly string[]> {
  const gone: string[] = []
  for (const tag of tags.filter((name) => name.replace(/-dirty$/, '') === `pr-${pullRequest}`))
    if (cleaning.dryRun || (await removedTag(tag, digest, cleaning))) gone.push(tag)
  return gone
}

/** A registry that deletes no tags keeps a name too many; that is told, and is no reason to stop. */
async function removedTag(tag: string, digest: Digest, { store, onStep }: Cleaning): Promise<boolean> {
  try {
    if ((await store.head(tag))?.digest === digest) await removeTag(store, tag)
    return true
  } catch (error) {
    if (!isFailure(error, retentionErrors.DELETE_UNSUPPORTED)) throw error
    onStep({ kind: 'warning', code: 'TAG_STAYS', message: `${tag} stays: this registry deletes no tags.` })
    return false
  }
}
