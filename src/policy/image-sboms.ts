import { isAbout, isSbomType, sbomsOf } from '../attestation/index.ts'
import type { Evidence, Sbom, Sboms } from '../attestation/index.ts'
import { printableLine } from '../base/index.ts'
import { shortDigest } from '../oci/index.ts'
import type { Facts, PlatformFacts } from './facts.ts'
import { count, listed } from './judgement.ts'
import { platformName } from './platform-name.ts'
import { unusableNoteOf } from './predicates.ts'

export type SbomFact = Sboms['read'][number]

/** The image's SBOMs, platform by platform. */
export interface ImageSboms extends Omit<Sboms, 'read'> {
  readonly platforms: readonly {
    /** `linux/amd64`. */
    readonly platform: string
    readonly sboms: readonly SbomFact[]
  }[]
  /** Their documents say that they are about something that is no part of this image. */
  readonly elsewhere: readonly SbomFact[]
}

export function imageSboms(facts: Facts): ImageSboms {
  const { read, unreadable, byReference } = known.get(facts.evidence) ?? readOnce(facts.evidence)
  const own = read.filter(({ sbom }) => isAboutImage(sbom, facts))
  return {
    platforms: facts.image.platforms.map((given) => ({
      platform: platformName(given.platform),
      sboms: own.filter((fact) => covers(fact, given, facts)),
    })),
    elsewhere: read.filter((fact) => !own.includes(fact)),
    unreadable,
    byReference,
  }
}

// Two gates ask this of the same evidence.
const known = new WeakMap<Evidence, Sboms>()

function readOnce(evidence: Evidence): Sboms {
  const sboms = sbomsOf(evidence)
  known.set(evidence, sboms)
  return sboms
}

/** An SBOM that names no digest is about what its statement is about. */
function isAboutImage({ about }: Sbom, { image }: Facts): boolean {
  const own = new Set<string>([
    image.digest,
    ...image.platforms.flatMap(({ manifest, config }) => [manifest, config]),
  ])
  return about.every((digest) => own.has(digest))
}

/**
 * The document's own word goes first: a scan of one platform stays that, though its statement names the whole image.
 * Only when it names no platform do the statement's subjects decide.
 */
function covers({ sbom, statement }: SbomFact, given: PlatformFacts, { image }: Facts): boolean {
  const parts = ({ manifest, config }: PlatformFacts) =>
    sbom.about.some((d) => d === manifest || d === config)
  if (image.platforms.some(parts)) return parts(given)
  if (sbom.architecture && sbom.architecture !== given.platform.architecture) return false
  return image.platforms.length === 1 || isAbout(statement, given.manifest)
}

/** `CycloneDX 1.6 SBOM by syft 1.30.0`. */
export function sbomName({ format, specVersion, tools: [tool] }: Sbom): string {
  const name = format === 'cyclonedx' ? 'CycloneDX' : 'SPDX'
  return `${name} ${specVersion} SBOM${tool === undefined ? '' : ` by ${printableLine(tool, 60)}`}`
}

/** What was found and does not help, as the end of a sentence. */
export function otherSboms({ elsewhere, unreadable, byReference }: ImageSboms, evidence: Evidence): string {
  const [other] = elsewhere
  const notes = [
    other && `the ${sbomName(other.sbom)} says that it is about ${listed(foreign(other))}, not this image`,
    unreadable.length > 0 && `${count(unreadable.length, 'signed SBOM')} cannot be read`,
    byReference.length > 0 && `${count(byReference.length, 'SBOM')} by reference, not read`,
  ]
  const shown = notes.filter(Boolean).map((note) => `; ${note}`)
  return shown.join('') + unusableNoteOf(evidence, isSbomType)
}

const foreign = ({ sbom }: SbomFact) => sbom.about.slice(0, 2).map((digest) => shortDigest(digest))
