import { fail, printableLine } from '../base/index.ts'
import { walkChain } from '../assessment/index.ts'
import { shortDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import type { ImageStore } from '../registry/index.ts'
import { promotionErrors } from './errors.ts'
import { chainPlace } from './road.ts'
import type { Parts, Stop } from './road.ts'

/** `git-2b2e9271`, and `git-2b2e9271-233` where every run has a tag of its own; nothing built from changed files. */
const COMMIT_TAG = /^git-([0-9a-f]{7,64})(?:-(?!dirty$)[0-9A-Za-z._-]+)?$/

/**
 * The image of a commit in the repository a promotion takes from: by its `git-…` tags, else by the records of the
 * environment it is taken from. Tags only find it; whether it is of that commit, signed provenance says.
 * @throws COMMIT_IMAGE_MISSING, COMMIT_IMAGE_AMBIGUOUS
 */
export async function imageOfCommit(
  store: ImageStore,
  commit: string,
  upstream: Stop | undefined,
  parts: Parts,
): Promise<Digest> {
  const tagged = await taggedWith(store, commit)
  const found = tagged.size > 0 || !upstream ? tagged : await recordedWith(commit, upstream, parts)
  const [only] = found.keys()
  if (only !== undefined && found.size === 1) return only
  const names = [...found].map(([digest, name]) => `${name} (${shortDigest(digest)})`).join(', ')
  throw only === undefined
    ? fail(promotionErrors.COMMIT_IMAGE_MISSING, {
        message: `Found no image of ${commit}.`,
        where: store.location,
      })
    : fail(promotionErrors.COMMIT_IMAGE_AMBIGUOUS, {
        message: `Found ${found.size} images of ${commit}: ${printableLine(names, 400)}.`,
        where: store.location,
      })
}

/** Digest → a tag that names it. */
async function taggedWith(store: ImageStore, commit: string): Promise<ReadonlyMap<Digest, string>> {
  const tags = (await store.tags()).filter((tag) => sharesBegin(COMMIT_TAG.exec(tag)?.[1], commit))
  const found = await Promise.all(tags.map(async (tag) => [(await store.head(tag))?.digest, tag] as const))
  return new Map(found.flatMap(([digest, tag]) => (digest === undefined ? [] : [[digest, tag] as const])))
}

async function recordedWith(
  commit: string,
  upstream: Stop,
  parts: Parts,
): Promise<ReadonlyMap<Digest, string>> {
  const found = new Map<Digest, string>()
  for await (const { digest, sequence, predicate } of walkChain(chainPlace(upstream, parts)))
    if (predicate.commit?.startsWith(commit)) found.set(digest, `promotion ${sequence}`)
  return found
}

/** A tag holds the first digits of a commit, and so may what was asked for: the shorter one decides. */
function sharesBegin(tagged: string | undefined, commit: string): boolean {
  return tagged !== undefined && (tagged.startsWith(commit) || commit.startsWith(tagged))
}

/** @throws COMMIT_MISMATCH when the image is not of the commit that was asked for, if one was */
export function checkCommit(asked: string | undefined, signed: string | undefined, where: string): void {
  if (asked === undefined || signed?.startsWith(asked)) return
  throw fail(promotionErrors.COMMIT_MISMATCH, {
    message: `Asked for commit ${asked}, but ${signed === undefined ? 'nothing signed names a commit' : `the image is of ${printableLine(signed, 64)}`}.`,
    where,
  })
}
