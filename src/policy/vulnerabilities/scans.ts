import type { Evidence, VerifiedStatement, VulnerabilityScan } from '../../attestation/index.ts'
import { isAbout, scanTypes, vulnerabilityScan } from '../../attestation/index.ts'
import type { Digest } from '../../oci/index.ts'
import { isIndexType } from '../../oci/index.ts'
import type { PlatformFacts } from '../facts.ts'
import type { Dated } from '../freshness.ts'
import { dateOf } from '../freshness.ts'
import { isPlatform } from '../platform-name.ts'

/** A signed scan, read. */
export interface Scan extends Pick<VerifiedStatement, 'payload' | 'statement'> {
  readonly found: VulnerabilityScan
  readonly dated: Dated
}

interface Scans {
  readonly scans: readonly Scan[]
  /** Signed by someone who may say this, and of no form that Waybill reads. */
  readonly unreadable: readonly VerifiedStatement[]
}

/** An image with its platforms: ours, or what runs in the target. */
export interface ScannedImage {
  readonly digest: Digest
  readonly mediaType?: string
  readonly platforms: readonly PlatformFacts[]
}

// Each statement is parsed once, however many gates and environments ask.
const known = new WeakMap<Evidence, Scans>()

/** Every scan that verified statements tell of. */
export function scansOf(evidence: Evidence): Scans {
  const scans = known.get(evidence) ?? readScans(evidence)
  known.set(evidence, scans)
  return scans
}

function readScans(evidence: Evidence): Scans {
  const scans: Scan[] = []
  const unreadable: VerifiedStatement[] = []
  for (const given of evidence.valid) {
    if (!scanTypes.includes(given.predicateType)) continue
    const found = vulnerabilityScan(given.statement)
    if (!found) unreadable.push(given)
    else
      scans.push({
        payload: given.payload,
        statement: given.statement,
        found,
        dated: scannedOn(given, found),
      })
  }
  return { scans, unreadable }
}

// An old report signed today is an old report: of the proven time and the scan's own, the earlier one counts.
function scannedOn(given: VerifiedStatement, { finishedOn }: VulnerabilityScan): Dated {
  const proven = dateOf(given, finishedOn)
  const own = dateOf({ provenOn: undefined }, finishedOn)
  const earlier = own.at && proven.at && own.at < proven.at ? own.at : proven.at
  return { at: earlier, proven: proven.proven }
}

/** The scan looked at the image as it is, not at its sources or at one advisory. */
export function isWhole({ found }: Scan): boolean {
  return found.scope !== 'source' && found.scope !== 'advisory'
}

/** The report behind the scan says that it is about another image, whoever attached it here. */
export function isElsewhere({ found }: Scan, image: ScannedImage): boolean {
  const own = new Set([
    image.digest,
    ...image.platforms.flatMap(({ manifest, config }) => [manifest, config]),
  ])
  return (found.about ?? []).some((digest) => !own.has(digest))
}

/** True when this platform was looked at: a subject of the statement, and not excluded by what the report says. */
export function covers(
  { found, statement }: Scan,
  { manifest, config, platform }: PlatformFacts,
  image: ScannedImage,
) {
  const single =
    image.platforms.length === 1 && (manifest === image.digest || !isIndexType(image.mediaType ?? INDEX))
  if (!single && !isAbout(statement, manifest)) return false
  const about = found.about ?? []
  const children = image.platforms.flatMap((child) => [child.manifest, child.config])
  const narrowed = about.some((digest) => digest !== image.digest && children.includes(digest))
  if (narrowed && !about.includes(manifest) && !about.includes(config)) return false
  return found.platform === undefined || isPlatform(found.platform, platform, image.platforms)
}

const INDEX = 'application/vnd.oci.image.index.v1+json'

/**
 * The newest scan of each tool and scope: an older one never outvotes it. What shares its time, what has no date (it
 * may be newer), and every advisory (each is about another flaw) stand beside it.
 */
export function currentScans(scans: readonly Scan[]): readonly Scan[] {
  const newest = new Map<string, number>()
  for (const scan of scans)
    newest.set(keyOf(scan), Math.max(newest.get(keyOf(scan)) ?? Number.NEGATIVE_INFINITY, timeOf(scan)))
  return scans.filter(
    (scan) => scan.found.scope === 'advisory' || !scan.dated.at || timeOf(scan) === newest.get(keyOf(scan)),
  )
}

const timeOf = ({ dated }: Scan) => dated.at?.getTime() ?? Number.NEGATIVE_INFINITY
const keyOf = ({ found }: Scan) => `${found.tool.name.toLowerCase()} ${found.scope ?? ''}`
