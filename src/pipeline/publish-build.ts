import { predicateTypes } from '../attestation/index.ts'
import type { VerifiedStatement } from '../attestation/index.ts'
import { resolveImage } from '../assessment/index.ts'
import type { ResolvedImage } from '../assessment/index.ts'
import type { TrustPolicy } from '../signing/index.ts'
import { refuseSecondDigest } from '../registry/index.ts'
import type { ImageStore } from '../registry/index.ts'
import { buildImage } from './build-image.ts'
import type { BuildParts, BuildSpec, BuiltImage } from './build-job.ts'
import { buildProvenance } from './build-provenance.ts'
import { openEvidence, restateEvidence } from './check/restate.ts'
import type { EvidenceFile, Restate } from './check/restate.ts'
import { vouchedIn } from './identity-field.ts'
import type { BuildOutcome } from './outcome.ts'
import { sameBuild } from './same-build.ts'
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

/**
 * build → provenance → evidence of the source → signature → tags: the tags come last, so an image that can be found by name has its
 * provenance. Building the same commit again gives the same digest and changes nothing.
 * @throws IMMUTABLE_TAG_CONFLICT when the commit's tag names another digest already, EVIDENCE_REFUSED, SOURCE_DIRTY
 */
export async function publishBuild(
  spec: BuildSpec,
  destination: ImageStore,
  parts: BuildParts & { readonly attach: AttachFact; readonly evidence?: SourceEvidence },
): Promise<BuildOutcome> {
  const built = await buildImage(spec, destination, parts)
  const { evidence } = parts
  const stated = evidence && openEvidence(evidence.files, built.source, evidence.trust, parts.now)
  const image = await resolveImage(destination, built.root.descriptor.digest)
  const tags = buildTags(spec, built.source)
  const pending = await movesOf(tags, image)
  const provenance = await parts.attach(provenanceOf(built, image, parts.version))
  const restated = stated && (await restateEvidence(stated, image, built.source, evidence.restate))
  const signature = await parts.attach({
    fact: 'signature',
    image,
    predicateType: predicateTypes.signature,
    predicate: {},
    isSame: () => true,
  })
  for (const { tag, before } of pending) await destination.putTag(tag, image.root, before ?? 'absent')
  const attached = [provenance, signature].some((fact) => fact?.outcome === 'attached')
  const wrote = pending.length > 0 || attached || (restated?.attached ?? 0) > 0
  return {
    ...outcomeOf(spec, built, destination.location),
    outcome: wrote ? 'built' : 'already',
    tags: [...tags.immutable, ...tags.floating],
    ...(provenance?.payload && { provenance: provenance.payload }),
    ...(restated && { evidence: restated }),
    ...(signature?.payload && { signature: signature.payload }),
  }
}

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

async function movesOf({ immutable, floating }: BuildTags, { store, digest }: ResolvedImage) {
  const fixed = immutable.map(async (tag) => ({ tag, before: await refuseSecondDigest(store, tag, digest) }))
  const free = floating.map(async (tag) => ({ tag, before: (await store.head(tag))?.digest }))
  return (await Promise.all([...fixed, ...free])).filter(({ before }) => before !== digest)
}

function provenanceOf(built: BuiltImage, image: ResolvedImage, version: string) {
  const predicate = buildProvenance(built, version)
  const isSame = (other: Readonly<Record<string, unknown>>) => sameBuild(predicate, other)
  return { fact: 'build' as const, image, predicateType: predicateTypes.provenance, predicate, isSame }
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
