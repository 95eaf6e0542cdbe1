import { fail, printableLine } from '../base/index.ts'
import { subjectsOf } from '../assessment/index.ts'
import type { ResolvedImage, ResolvedPlatform } from '../assessment/index.ts'
import { formatPlatform, platformFromText } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { promotionErrors } from './errors.ts'

/** What a report says it is about. */
export interface ReportAbout {
  /** Index, platform manifest or config digests; empty = it does not say. */
  readonly about: readonly Digest[]
  readonly platform?: string | undefined
  /** The tool looks at one platform at a time. */
  readonly onePlatform?: boolean | undefined
}

/** Subjects of the statement to sign, and the one platform when there are others. */
export interface ReportSubjects {
  readonly subjects: readonly [Digest, ...Digest[]]
  readonly platform: string | undefined
}

/**
 * What a statement about a report may name: the whole image, or its index and the one platform that was looked at.
 * @param stated the platform as the caller names it, for reports that do not
 * @throws REPORT_SUBJECT when the report is about another image or contradicts itself, REPORT_PLATFORM when nobody
 * says which platform it is about
 */
export function reportSubjects(
  report: ReportAbout,
  stated: string | undefined,
  image: ResolvedImage,
  where: string,
): ReportSubjects {
  const found = platformsAbout(report, image, where)
  const named = [report.platform, stated].flatMap((text) => (text === undefined ? [] : [text]))
  const meant = found.filter((one) => named.every((text) => isNamed(text, one)))
  if (meant.length === 0)
    throw fail(promotionErrors.REPORT_SUBJECT, {
      message: `The report is about ${named.map((text) => printableLine(text, 60)).join(' and ')}, expected ${found.map(({ platform }) => formatPlatform(platform)).join(' or ')}.`,
      where,
    })
  if (meant.length === image.platforms.length) {
    if (report.onePlatform && meant.length > 1 && !namesPlatform(report, image)) throw unsaid(image, where)
    return { subjects: subjectsOf(image), platform: undefined }
  }
  const [only, ...others] = meant.map(({ manifest }) => manifest)
  const platform = others.length === 0 && meant[0] ? formatPlatform(meant[0].platform) : undefined
  return { subjects: [image.digest, ...(only ? [only, ...others] : [])], platform }
}

/** The platforms whose digests the report names; all of them when it names the index only, or nothing. */
function platformsAbout(
  { about }: ReportAbout,
  image: ResolvedImage,
  where: string,
): readonly ResolvedPlatform[] {
  const ofIndex = image.platforms.some(({ manifest }) => manifest === image.digest)
  const others = about.filter((digest) => ofIndex || digest !== image.digest)
  const stranger = others.find((digest) => !image.platforms.some((one) => isOf(digest, one)))
  if (stranger)
    throw fail(promotionErrors.REPORT_SUBJECT, {
      message: `The report is about ${stranger}, expected ${image.digest} or a digest within it.`,
      where,
    })
  const found = image.platforms.filter((one) => others.some((digest) => isOf(digest, one)))
  return found.length > 0 ? found : image.platforms
}

function namesPlatform({ about }: ReportAbout, image: ResolvedImage): boolean {
  return about.some((digest) => image.platforms.some((one) => isOf(digest, one)))
}

function isOf(digest: Digest, { manifest, config }: ResolvedPlatform): boolean {
  return digest === manifest || digest === config
}

/** `linux/arm64` is what `linux/arm64/v8` is called without its only variant. */
function isNamed(text: string, { platform }: ResolvedPlatform): boolean {
  const plain = (name: string) => name.replace(/^(linux\/arm64)\/v8$/, '$1')
  const wanted = platformFromText(text)
  return wanted !== undefined && plain(formatPlatform(wanted)) === plain(formatPlatform(platform))
}

function unsaid(image: ResolvedImage, where: string) {
  const platforms = image.platforms.map(({ platform }) => formatPlatform(platform)).join(', ')
  return fail(promotionErrors.REPORT_PLATFORM, {
    message: `The report is about one platform and does not say which; the image has ${platforms}.`,
    where,
  })
}
