import type { KnownVulnerability } from '../../attestation/index.ts'
import { oneOf } from '../../attestation/index.ts'
import { formatPlatform } from '../../oci/index.ts'
import type { Platform } from '../../oci/index.ts'
import { shortDigest } from '../../oci/index.ts'
import type { Facts, TargetFacts } from '../facts.ts'
import { platformName } from '../platform-name.ts'
import type { Scan, ScannedImage } from './scans.ts'
import { covers, currentScans, isElsewhere, isWhole, scansOf } from './scans.ts'

/** What runs in the target has it already, or a reason why nobody can tell. */
type Standing =
  | { readonly has: (found: KnownVulnerability) => boolean; readonly basis: readonly Scan[] }
  | string

/** What is known of the image that runs in the target, on this platform. Nothing there: everything is new. */
export function standingIn(
  { target, environment }: Facts,
  platform: Platform,
  accepts: (scan: Scan) => boolean,
): Standing {
  if (!target) return NOTHING
  const { details, digest } = target
  if (!details) return `what runs in ${environment} could not be read`
  const image: ScannedImage = { digest, platforms: details }
  const same = details.find((one) => formatPlatform(one.platform) === formatPlatform(platform))
  if (!same) return NOTHING
  const basis = currentScans(usable(target, image, accepts).filter((scan) => covers(scan, same, image)))
  if (!basis.some(isWhole))
    return `what runs in ${environment} (${shortDigest(digest)}) has no signed scan of ${platformName(platform)} to compare with`
  return { has: oneOf(basis.flatMap(({ found }) => found.vulnerabilities)), basis }
}

const NOTHING = { has: () => false, basis: [] }

function usable(
  { evidence }: TargetFacts,
  image: ScannedImage,
  accepts: (scan: Scan) => boolean,
): readonly Scan[] {
  return scansOf(evidence).scans.filter((scan) => accepts(scan) && !isElsewhere(scan, image))
}
