import { fail, parseDuration, timestamp } from '../base/index.ts'
import { evidenceOn } from '../assessment/index.ts'
import type { Digest } from '../oci/index.ts'
import type { CleanCommand } from './clean-answer.ts'
import type { CleanParts } from './clean-previews.ts'
import { retentionErrors } from './errors.ts'
import { judgePreview } from './judge-preview.ts'
import type { Judged, PreviewRules } from './judge-preview.ts'
import type { TaggedImages } from './tagged-images.ts'

/** A build of a pull request that was asked about, and what may happen to it. */
export interface Found {
  readonly digest: Digest
  readonly tags: readonly string[]
  readonly judged: Exclude<Judged, { readonly verdict: 'other' }>
}

/** @throws CLEAN_UNCLEAR */
export function rulesOf(
  { pullRequest, olderThan }: CleanCommand,
  { now, isTagOfBuild }: Pick<CleanParts, 'now' | 'isTagOfBuild'>,
) {
  const age = olderThan === undefined ? undefined : parseDuration(olderThan)
  if (olderThan !== undefined && age === undefined)
    throw fail(retentionErrors.CLEAN_UNCLEAR, {
      message: `Found the age "${olderThan}", expected one such as 14d.`,
    })
  if (pullRequest !== undefined && !/^\d{1,20}$/.test(pullRequest))
    throw fail(retentionErrors.CLEAN_UNCLEAR, {
      message: `Found the pull request "${pullRequest}", expected its number.`,
    })
  if (pullRequest === undefined && age === undefined)
    throw fail(retentionErrors.CLEAN_UNCLEAR, { message: 'Neither a pull request nor an age is named.' })
  const before = age === undefined ? undefined : timestamp(new Date(now.getTime() - age))
  return { pullRequest, before, isTagOfBuild }
}

const WIDTH = 8

/** What carries no tag that a build gives itself is not looked at, nor what was promoted under no such tag. */
export async function findPreviews(
  images: TaggedImages,
  rules: PreviewRules,
  parts: CleanParts,
): Promise<readonly Found[]> {
  const asked = [...images].filter(([digest, tags]) => isWorthAsking(digest, tags, rules))
  const found: Found[] = []
  for (let at = 0; at < asked.length; at += WIDTH) {
    parts.signal.throwIfAborted()
    const judged = await Promise.all(
      asked.slice(at, at + WIDTH).map(async ([digest, tags]) => {
        const evidence = await evidenceOn(parts.store, digest, parts.trust, parts.now)
        return { digest, tags, judged: judgePreview({ digest, tags, evidence }, rules) }
      }),
    )
    for (const { judged: verdict, ...rest } of judged)
      if (verdict.verdict !== 'other') found.push({ ...rest, judged: verdict })
  }
  return found
}

const PREVIEW = /^pr-\d+(?:-dirty)?$/

function isWorthAsking(digest: Digest, tags: readonly string[], { promoted }: PreviewRules): boolean {
  if (tags.some((tag) => PREVIEW.test(tag))) return true
  return !promoted.has(digest) && !tags.some((tag) => /^(?:promotions|standing)\./.test(tag))
}
