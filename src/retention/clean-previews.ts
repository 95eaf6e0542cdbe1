import type { OnStep } from '../base/index.ts'
import { evidenceOn } from '../assessment/index.ts'
import type { ChainPlace } from '../assessment/index.ts'
import type { Digest } from '../oci/index.ts'
import type { ImageStore } from '../registry/index.ts'
import type { TrustPolicy } from '../signing/index.ts'
import type { CleanAnswer, CleanCommand, CleanedImage } from './clean-answer.ts'
import { cleanOne } from './clean-one.ts'
import type { Found } from './clean-one.ts'
import { askedFor } from './clean-rules.ts'
import { judgePreview } from './judge-preview.ts'
import type { PreviewRules } from './judge-preview.ts'
import { chainsIn, heldBy, namedImages } from './named-images.ts'
import type { NamedImages } from './named-images.ts'
import { promotedDigests } from './promoted.ts'

/** What cleaning needs from outside. */
export interface CleanParts {
  /** Where the application's builds are. */
  readonly store: ImageStore
  /** The chain of an environment in the repository of builds, whether waybill.yaml names the environment or not. */
  readonly chainHere: (environment: string) => ChainPlace
  /** The chains of all environments of the application, wherever they are. */
  readonly chains: readonly ChainPlace[]
  readonly source: PreviewRules['source']
  readonly isTagOfBuild: PreviewRules['isTagOfBuild']
  readonly trust: TrustPolicy
  readonly now: Date
  readonly onStep: OnStep
  readonly signal: AbortSignal
}

/**
 * Takes builds of pull requests out of the repository of builds: by signed provenance, and only where nothing else
 * names them or holds them. Safe to run again after a crash: provenance goes last.
 * @throws CLEAN_UNCLEAR, RECORD_* when a chain cannot be read; then nothing was deleted
 * @throws DELETE_UNSUPPORTED, REGISTRY_* at the first image that the registry does not delete
 */
export async function cleanPreviews(command: CleanCommand, parts: CleanParts): Promise<CleanAnswer> {
  const { store, onStep, signal, chains } = parts
  const asked = askedFor(command, parts.now)
  onStep({ kind: 'step', step: 'look', state: 'start', note: store.location })
  const images = await namedImages(store)
  const promoted = await promotedDigests([...chains, ...chainsIn(images).map(parts.chainHere)])
  const { source, isTagOfBuild } = parts
  const found = await judgeAll(images, { ...asked, promoted, source, isTagOfBuild }, parts)
  const going = new Set(found.flatMap(({ digest, judged }) => (judged.verdict === 'go' ? [digest] : [])))
  const held = await heldByOthers(store, images, going)
  onStep({ kind: 'step', step: 'look', state: 'done', note: `${going.size} to go` })
  const known = new Set([...images.values()].flat())
  const cleaning = { store, chains, known, held, dryRun: command.dryRun === true, onStep, signal }
  const cleaned: CleanedImage[] = []
  for (const one of found) cleaned.push(await cleanOne(one, cleaning))
  return answerOf(command, store, cleaned)
}

const WIDTH = 8

async function judgeAll(
  images: NamedImages,
  rules: PreviewRules,
  { store, trust, now, signal }: CleanParts,
): Promise<readonly Found[]> {
  const worth = [...images].filter(([digest, tags]) => isWorthAsking(digest, tags, rules))
  const found: Found[] = []
  for (let at = 0; at < worth.length; at += WIDTH) {
    signal.throwIfAborted()
    const some = worth.slice(at, at + WIDTH).map(async ([digest, tags]) => {
      const evidence = await evidenceOn(store, digest, trust, now)
      return { digest, tags, judged: judgePreview({ digest, tags, evidence }, rules) }
    })
    for (const { judged, ...rest } of await Promise.all(some))
      if (judged.verdict !== 'other') found.push({ ...rest, judged })
  }
  return found
}

const PREVIEW = /^pr-\d+(?:-dirty)?$/

/** Of what was promoted, and of records, only what carries the tag of a pull request is looked at. */
function isWorthAsking(digest: Digest, tags: readonly string[], { promoted }: PreviewRules): boolean {
  if (tags.some((tag) => PREVIEW.test(tag))) return true
  return !promoted.has(digest) && !tags.some((tag) => /^(?:promotions|standing)\./.test(tag))
}

async function heldByOthers(store: ImageStore, images: NamedImages, going: ReadonlySet<Digest>) {
  if (going.size === 0) return new Set<Digest>()
  return heldBy(
    store,
    [...images.keys()].filter((digest) => !going.has(digest)),
  )
}

function answerOf(
  { application, dryRun }: CleanCommand,
  { location }: ImageStore,
  images: readonly CleanedImage[],
): CleanAnswer {
  const wrote = images.some(({ tags, manifests }) => tags.length > 0 || manifests > 0)
  const outcome = dryRun ? 'planned' : wrote ? 'cleaned' : 'already'
  return { kind: 'clean', outcome, application, repository: location, images }
}
