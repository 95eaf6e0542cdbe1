import * as z from 'zod'
import type { Sbom } from '../../attestation/index.ts'
import { isPackage } from '../../attestation/index.ts'
import type { Facts } from '../facts.ts'
import { dateOf, staleness } from '../freshness.ts'
import { matchesGlob } from '../glob.ts'
import { imageSboms, otherSboms, sbomName } from '../image-sboms.ts'
import type { ImageSboms, SbomFact } from '../image-sboms.ts'
import type { Judgement } from '../judgement.ts'
import { count, listed, pass, quote, refuse, unclear } from '../judgement.ts'
import { duration, nonEmpty, oneOrMore } from '../options.ts'
import { completenessFlaw, completenessOptions } from '../sbom-completeness.ts'

export const sbomOptions = z.strictObject({
  formats: oneOrMore(z.enum(['cyclonedx', 'spdx']))
    .optional()
    .describe('Which formats count. Default: both.'),
  minComponents: z.int().min(1).default(1).describe('How many packages it must list at least.'),
  complete: completenessOptions
    .optional()
    .describe('true: the NTIA minimum elements for every package. Or a percentage for each of them.'),
  maxAge: duration.optional().describe('Older SBOMs do not count, e.g. 30d.'),
  tools: z
    .array(nonEmpty)
    .min(1)
    .optional()
    .describe('Tools that may have made it, as "name" or "name version"; * is a wildcard.'),
})

export type SbomOptions = z.output<typeof sbomOptions>

/** Every platform has a signed SBOM that is complete, fresh and from a tool that is trusted with it. */
export function judgeSbom(options: SbomOptions, facts: Facts): Judgement {
  const all = imageSboms(facts)
  if (all.platforms.length === 0)
    return unclear('The image names no platform, so nobody can tell what to cover.')
  const judged = all.platforms.map(({ platform, sboms }) => {
    const told = sboms.map((fact) => ({ fact, flaw: flawOf(fact, options, facts) }))
    const good = told.filter(({ flaw }) => flaw === undefined).map(({ fact }) => fact)
    const text = good[0] ? `${sbomName(good[0].sbom)}, ${sizeOf(good[0].sbom)}` : shortfall(told)
    return { platform, good, basis: good.length > 0 ? good : sboms, text }
  })
  const reason = grouped(judged)
  const basis = judged.flatMap((one) => one.basis)
  if (judged.every(({ good }) => good.length > 0)) return pass(`${reason}.`, basis)
  return stopped(`${grouped(judged.filter(({ good }) => good.length === 0))}`, all, facts, basis)
}

// What nobody can read might be what is missing: that is no definite no.
function stopped(reason: string, all: ImageSboms, facts: Facts, basis: readonly SbomFact[]): Judgement {
  const text = `${reason}${otherSboms(all, facts.evidence)}.`
  const unknown = [...all.unreadable, ...all.byReference]
  return unknown.length > 0
    ? unclear(text, [...basis, ...unknown])
    : refuse(text, [...basis, ...all.elsewhere])
}

function shortfall(told: readonly { readonly fact: SbomFact; readonly flaw: string | undefined }[]): string {
  if (told.length === 0) return 'no signed SBOM'
  return told.map(({ fact, flaw }) => `the ${sbomName(fact.sbom)} ${flaw}`).join('; ')
}

/** `linux/amd64 and linux/arm64: no signed SBOM`: platforms of which the same is to be said stand together. */
function grouped(judged: readonly { readonly platform: string; readonly text: string }[]): string {
  const groups = Map.groupBy(judged, ({ text }) => text)
  return [...groups]
    .map(([text, all]) => `${listed(all.map(({ platform }) => platform))}: ${text}`)
    .join('; ')
}

const packagesIn = (sbom: Sbom) => sbom.components.filter(isPackage)
const sizeOf = (sbom: Sbom) => count(packagesIn(sbom).length, 'package')

function flawOf(fact: SbomFact, options: SbomOptions, facts: Facts): string | undefined {
  const { sbom } = fact
  const { formats, minComponents, complete, maxAge, tools } = options
  if (formats && !formats.includes(sbom.format)) return `is not in the format ${listed(formats)}`
  if (tools && !sbom.tools.some((tool) => tools.some((glob) => isTool(tool, glob))))
    return `was made by ${sbom.tools[0] === undefined ? 'nobody knows what' : quote(sbom.tools[0])}, required: ${listed(tools)}`
  if (packagesIn(sbom).length < minComponents)
    return `lists ${sizeOf(sbom)}, required: at least ${minComponents}`
  const stale = maxAge === undefined ? undefined : staleness(dateOf(fact, sbom.createdOn), maxAge, facts.now)
  return stale ?? (complete && completenessFlaw(sbom, complete))
}

// A document may name anything; matching takes time by its length.
const TOOL_LENGTH = 200

function isTool(tool: string, glob: string): boolean {
  const cut = tool.slice(0, TOOL_LENGTH)
  return [cut, cut.replace(/ [^ ]*$/, '')].some((text) => matchesGlob(text.toLowerCase(), glob.toLowerCase()))
}
