import * as z from 'zod'
import type { Sbom, SbomComponent } from '../attestation/index.ts'
import { isPackage } from '../attestation/index.ts'
import { parseInstant } from '../base/index.ts'
import { count } from './judgement.ts'

const percent = z.number().min(0).max(100).optional()

const shares = z.strictObject({
  supplier: percent.describe('Percent of packages with a supplier, maker, author or publisher.'),
  version: percent.describe('Percent of packages with a version.'),
  identifier: percent.describe('Percent of packages with a purl, CPE, SWID tag or hash.'),
  relationship: percent.describe('Percent of packages that stand in a dependency or other relationship.'),
  licence: percent.describe('Percent of packages with a licence; not one of the NTIA elements.'),
  author: z.boolean().optional().describe('Somebody is named who made it: a person, organisation or tool.'),
  timestamp: z.boolean().optional().describe('It says when it was made.'),
})

type Shares = z.output<typeof shares>

/** NTIA, "The minimum elements for an SBOM" (2021). A name every component has, or the SBOM cannot be read. */
const MINIMUM: Shares = {
  supplier: 100,
  version: 100,
  identifier: 100,
  relationship: 100,
  author: true,
  timestamp: true,
}

export const completenessOptions = z
  .union([z.literal(true), shares])
  .transform((given) => (given === true ? MINIMUM : given))

const HAS = {
  supplier: ({ supplier }) => supplier !== undefined,
  version: ({ version }) => version !== undefined,
  identifier: ({ purl, identified = purl !== undefined }) => identified,
  relationship: ({ related = false }) => related,
  licence: ({ licences }) => licences.some((text) => text !== 'NONE'),
} as const satisfies Readonly<Record<string, (component: SbomComponent) => boolean>>

/** What is missing, as a sentence part; undefined when it is as complete as required. */
export function completenessFlaw(sbom: Sbom, required: Shares): string | undefined {
  const packages = sbom.components.filter(isPackage)
  const missing = (Object.keys(HAS) as (keyof typeof HAS)[]).flatMap((field) => {
    const share = required[field]
    if (share === undefined) return []
    const having = packages.filter(HAS[field]).length
    const enough = having * 100 >= share * packages.length
    return enough
      ? []
      : [`the ${field} of ${having} of ${count(packages.length, 'package')} (required: ${share} %)`]
  })
  if (required.author && sbom.tools.length === 0 && !sbom.authors?.length) missing.push('no author')
  if (required.timestamp && !isTime(sbom.createdOn)) missing.push('no time at which it was made')
  return missing.length === 0 ? undefined : `names ${missing.join(', ')}`
}

const isTime = (text: string | undefined) => text !== undefined && parseInstant(text) !== undefined
