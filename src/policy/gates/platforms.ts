import * as z from 'zod'
import { formatPlatform, platformFromText } from '../../oci/index.ts'
import type { Platform } from '../../oci/index.ts'
import type { Facts, PlatformFacts } from '../facts.ts'
import type { GateNeeds } from '../gate-needs.ts'
import type { Judgement } from '../judgement.ts'
import { listed, pass, refuse, unclear } from '../judgement.ts'
import { oneOrMore } from '../options.ts'
import { platformName } from '../platform-name.ts'

const platformText = z
  .string()
  .refine((text) => platformFromText(text) !== undefined, 'expected a platform such as linux/amd64')
  .transform((text) => plain(text))

export const platformsOptions = z
  .strictObject({
    exactly: oneOrMore(platformText).optional().describe('These platforms, and no others.'),
    atLeast: oneOrMore(platformText).optional().describe('These platforms; there may be more.'),
    configs: z
      .boolean()
      .default(false)
      .describe("Also compare with what each platform's own configuration says. Reads it."),
  })
  .refine(({ exactly, atLeast }) => (exactly === undefined) !== (atLeast === undefined), {
    message: 'expected exactly or atLeast, one of the two',
  })

export type PlatformsOptions = z.output<typeof platformsOptions>

export function platformsNeeds({ configs }: PlatformsOptions): GateNeeds {
  return { details: configs }
}

/** The image has the platforms it should have, each once. */
export function judgePlatforms(options: PlatformsOptions, facts: Facts): Judgement {
  // Attestations of a builder stand in the index as unknown/unknown.
  const found = facts.image.platforms.filter(({ platform }) => platform.os !== 'unknown')
  if (found.length === 0) return unclear('The image does not say for which platform it is.')
  const names = [...new Set(found.map(({ platform }) => nameOf(platform)))]
  const flaw = twice(found) ?? missing(names, options) ?? mislabelled(options, facts)
  if (flaw !== undefined) return refuse(`${flaw}.`)
  if (options.configs && !allStated(facts))
    return unclear('Not every platform has a configuration that says for which platform it is.')
  return pass(`For ${listed(names)}, required: ${required(options)}.`, [])
}

// linux/arm64 is v8 and linux/amd64 is v1 unless they say otherwise (image-spec image-index.md, Go's GOARM64).
function plain(text: string): string {
  return text.replace(/^([^/]+\/arm64)\/v8$/, '$1').replace(/^([^/]+\/amd64)\/v1$/, '$1')
}

const nameOf = (platform: Platform) => plain(platformName(platform))

function required({ exactly, atLeast }: PlatformsOptions): string {
  return exactly ? `exactly ${listed(exactly)}` : `at least ${listed(atLeast ?? [])}`
}

/** Which of two a machine takes depends on who pulls. Windows images of several releases differ in os.version. */
function twice(found: readonly PlatformFacts[]): string | undefined {
  const groups = Map.groupBy(found, ({ platform }) =>
    JSON.stringify([
      plain(formatPlatform(platform)),
      platform['os.version'],
      platform['os.features']?.toSorted(),
    ]),
  )
  const doubled = [...groups.values()].filter((all) => all.length > 1).flatMap(([first]) => first ?? [])
  if (doubled.length === 0) return undefined
  return `${listed(doubled.map(({ platform }) => nameOf(platform)))} is there more than once, so it depends on the client which one runs`
}

function missing(names: readonly string[], options: PlatformsOptions): string | undefined {
  const wanted = options.exactly ?? options.atLeast ?? []
  const absent = wanted.filter((name) => !names.includes(name))
  const surplus = options.exactly ? names.filter((name) => !wanted.includes(name)) : []
  if (absent.length === 0 && surplus.length === 0) return undefined
  const parts = [
    absent.length > 0 && `${listed(absent)} missing`,
    surplus.length > 0 && `${listed(surplus)} not asked for`,
  ]
  return `For ${listed(names)}: ${parts.filter(Boolean).join(', ')}; required: ${required(options)}`
}

function mislabelled({ configs }: PlatformsOptions, { image }: Facts): string | undefined {
  const wrong = (configs ? (image.details ?? []) : []).find(
    ({ platform, configPlatform: own }) => own && baseOf(own) !== baseOf(platform),
  )
  if (!wrong?.configPlatform) return undefined
  return `The index says ${nameOf(wrong.platform)}, the configuration behind it ${nameOf(wrong.configPlatform)}`
}

// Configurations often leave the variant out.
const baseOf = ({ os, architecture }: Platform) => `${os}/${architecture}`

function allStated({ image }: Facts): boolean {
  const details = image.details ?? []
  return details.length === image.platforms.length && details.every(({ configPlatform }) => configPlatform)
}
