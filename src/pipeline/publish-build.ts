import { predicateTypes } from '../attestation/index.ts'
import type { VerifiedStatement } from '../attestation/index.ts'
import { resolveImage } from '../assessment/index.ts'
import type { ResolvedImage } from '../assessment/index.ts'
import { allow } from '../policy/index.ts'
import type { TrustPolicy } from '../signing/index.ts'
import { refuseSecondDigest } from '../registry/index.ts'
import type { ImageStore } from '../registry/index.ts'
import { buildImage } from './build-image.ts'
import type { BuildParts, BuildSpec, BuiltImage, SourceFacts } from './build-job.ts'
import { buildProvenance } from './build-provenance.ts'
import { openEvidence, restateEvidence } from './check/restate.ts'
import type { EvidenceFile, Restate } from './check/restate.ts'
import { vouchedIn } from './identity-field.ts'
import type { Admission, BuildOutcome } from './outcome.ts'
import { sameBuild } from './same-build.ts'
import type { ImageCheck } from './scan-outcome.ts'
import type { Staging } from './staging.ts'
import { buildTags } from './tags.ts'
import type { BuildTags } from './tags.ts'

/** Signs a statement with the key of a class of fact and attaches it, once. undefined = no key is configured. */
export type AttachFact = (fact: {
  readonly fact: 'build' | 'signature'
  readonly image: ResolvedImage
  readonly predicateType: string
  readonly predicate: object
  readonly isSame: (predicate: Readonly<Record<string, unknown>>) => boolean
}) => Promise<{ readonly outcome: string; readonly payload?: VerifiedStatement['payload'] } | undefined>

/** What was signed about the source, to be said about the image too. */
export interface SourceEvidence {
  readonly files: readonly EvidenceFile[]
  readonly trust: TrustPolicy
  readonly restate: Restate
}

export interface PublishParts extends BuildParts {
  readonly attach: AttachFact
  readonly evidence?: SourceEvidence
  /** Finds out about the image what the build block asks, and signs it. undefined = it asks nothing. */
  readonly examine: ((image: ResolvedImage) => Promise<readonly ImageCheck[]>) | undefined
  /** Asks the gates of the first environment that ask about the image itself. undefined = push whatever they say. */
  readonly judge: ((image: ResolvedImage, source: SourceFacts) => Promise<Admission>) | undefined
}

/**
 * build → provenance → signature → what is known of the source → what is found in the image → judge → push → tags.
 * Nothing is in the destination before the gates allow it, and the tags come last, so an image that can be found by name
 * has its evidence. Building the same commit again gives the same digest and changes nothing.
 * @throws IMMUTABLE_TAG_CONFLICT when the commit's tag names another digest already; nothing is pushed then.
 * EVIDENCE_REFUSED, SOURCE_DIRTY
 */
export async function publishBuild(
  spec: BuildSpec,
  { place, destination, bringEvidence, push }: Staging,
  parts: PublishParts,
): Promise<BuildOutcome> {
  const built = await buildImage(spec, place, parts)
  const { evidence } = parts
  const stated = evidence && openEvidence(evidence.files, built.source, evidence.trust, parts.now)
  const image = await resolveImage(place, built.root.descriptor.digest)
  const tags = buildTags(spec, built.source)
  const pending = await movesOf(tags, destination, image)
  await bringEvidence(image)
  const provenance = await parts.attach(provenanceOf(built, image, parts.version))
  const signature = await parts.attach(signatureOf(image))
  const restated = stated && (await restateEvidence(stated, image, built.source, evidence.restate))
  const checks = (await parts.examine?.(image)) ?? []
  const admission = await parts.judge?.(image, built.source)
  const told = { ...outcomeOf(spec, built, destination.location), ...(admission && { admission }) }
  if (admission && !allow(admission.verdict)) {
    const found = place === destination ? checks : checks.map(unattached)
    const outcome = STOPPED[admission.verdict.result]
    return { ...told, outcome, tags: [], ...(found.length > 0 && { checks: found }) }
  }
  await push(image)
  for (const { tag, before } of pending) await destination.putTag(tag, image.root, before ?? 'absent')
  const attached = [provenance, signature, ...checks].some((fact) => fact?.outcome === 'attached')
  const wrote = pending.length > 0 || attached || (restated?.attached ?? 0) > 0
  return {
    ...told,
    outcome: wrote ? 'built' : 'already',
    tags: [...tags.immutable, ...tags.floating],
    ...(provenance?.payload && { provenance: provenance.payload }),
    ...(restated && { evidence: restated }),
    ...(signature?.payload && { signature: signature.payload }),
    ...(checks.length > 0 && { checks }),
  }
}

/** What was signed about an image that went nowhere is gone with it. */
function unattached(check: ImageCheck): ImageCheck {
  const { payload, ...found } = check
  return payload && check.outcome === 'attached' ? { ...found, outcome: 'planned' } : check
}

// `pass` is no way to be stopped; the type of the verdict cannot say so.
const STOPPED = { fail: 'refused', error: 'error', pending: 'pending', pass: 'error' } as const

/** What a dry run shows: the digest this source gives. Nothing is signed, tagged or kept. */
export async function planBuild(
  spec: BuildSpec,
  scratch: ImageStore,
  location: string,
  parts: BuildParts,
): Promise<BuildOutcome> {
  const built = await buildImage(spec, scratch, parts)
  const tags = buildTags(spec, built.source)
  return {
    ...outcomeOf(spec, built, location),
    outcome: 'planned',
    tags: [...tags.immutable, ...tags.floating],
  }
}

async function movesOf({ immutable, floating }: BuildTags, store: ImageStore, { digest }: ResolvedImage) {
  const fixed = immutable.map(async (tag) => ({ tag, before: await refuseSecondDigest(store, tag, digest) }))
  const free = floating.map(async (tag) => ({ tag, before: (await store.head(tag))?.digest }))
  return (await Promise.all([...fixed, ...free])).filter(({ before }) => before !== digest)
}

function provenanceOf(built: BuiltImage, image: ResolvedImage, version: string) {
  const predicate = buildProvenance(built, version)
  const isSame = (other: Readonly<Record<string, unknown>>) => sameBuild(predicate, other)
  return { fact: 'build' as const, image, predicateType: predicateTypes.provenance, predicate, isSame }
}

function signatureOf(image: ResolvedImage) {
  const { signature: predicateType } = predicateTypes
  return { fact: 'signature' as const, image, predicateType, predicate: {}, isSame: () => true }
}

function outcomeOf(spec: BuildSpec, built: BuiltImage, location: string) {
  return {
    kind: 'build' as const,
    application: spec.application,
    builder: built.builder,
    digest: built.root.descriptor.digest,
    mediaType: built.root.descriptor.mediaType,
    platforms: built.platforms.map(({ platform, digest }) => ({ platform, digest })),
    commit: built.source.commit,
    ...(built.source.version && { version: built.source.version }),
    dirty: built.source.dirty,
    identity: vouchedIn(built.source),
    location,
  }
}
