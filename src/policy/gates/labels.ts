import * as z from 'zod'
import type { Facts, ImageDetails } from '../facts.ts'
import type { GateNeeds } from '../gate-needs.ts'
import type { Judgement } from '../judgement.ts'
import { count, listed, pass, quote, refuse, unclear } from '../judgement.ts'
import { nonEmpty } from '../options.ts'
import { platformName } from '../platform-name.ts'
import { followsRule, showRule, textRule } from '../text-rule.ts'
import type { TextRule } from '../text-rule.ts'

const rules = z
  .record(nonEmpty, textRule)
  .refine((given) => Object.keys(given).length > 0, 'expected at least one name')
  .optional()

export const labelsOptions = z
  .strictObject({
    labels: rules.describe("Labels of every platform's configuration, by name."),
    annotations: rules.describe("Annotations of every platform's manifest, by name."),
    indexAnnotations: rules.describe("Annotations of the index, or of an image's one manifest."),
    user: z
      .strictObject({
        nonRoot: z.literal(true).describe('The configured user is neither root nor 0.'),
        numeric: z
          .boolean()
          .default(false)
          .describe('The user is a number: what a name stands for, only the image itself says.'),
      })
      .optional()
      .describe('Whom the image runs as, unless told otherwise.'),
  })
  .refine((given) => Object.values(given).some((value) => value !== undefined), {
    message: 'expected labels, annotations, indexAnnotations or user',
  })

export type LabelsOptions = z.output<typeof labelsOptions>

export function labelsNeeds({ labels, annotations, user }: LabelsOptions): GateNeeds {
  return { details: [labels, annotations, user].some((value) => value !== undefined) }
}

type Texts = Readonly<Record<string, string>>

/** The image carries the labels and annotations it should, with the values they should have. */
export async function judgeLabels(options: LabelsOptions, facts: Facts): Promise<Judgement> {
  const { details, platforms, annotations } = facts.image
  const isAsked = labelsNeeds(options).details === true
  if (isAsked && (!details || details.length === 0 || details.length < platforms.length))
    return unclear('The configuration of the image could not be read.')
  const flaws = [
    ...(await flawsOf('annotation', annotations, options.indexAnnotations)),
    ...(await platformFlaws(isAsked ? (details ?? []) : [], options)),
  ]
  if (flaws.length > 0) return refuse(`${flaws.slice(0, SHOWN).join('; ')}${more(flaws.length)}.`)
  return pass(`${summary(options)} as required.`, [])
}

const SHOWN = 10
const more = (flaws: number) => (flaws > SHOWN ? ` and ${flaws - SHOWN} more` : '')

/** What is wrong with all platforms alike is said once. */
async function platformFlaws(
  details: readonly ImageDetails[],
  options: LabelsOptions,
): Promise<readonly string[]> {
  const told = await Promise.all(
    details.map(async (one) => {
      const flaws = [
        ...(await flawsOf('label', one.labels, options.labels)),
        ...(await flawsOf('annotation', one.annotations, options.annotations)),
        ...userFlaw(one.user, options.user),
      ]
      return flaws.map((flaw) => ({ flaw, platform: platformName(one.platform) }))
    }),
  )
  const groups = Map.groupBy(told.flat(), ({ flaw }) => flaw)
  return [...groups].map(([flaw, all]) => `${listed(all.map(({ platform }) => platform))}: ${flaw}`)
}

async function flawsOf(noun: string, found: Texts, wanted: Readonly<Record<string, TextRule>> = {}) {
  const told = await Promise.all(
    Object.entries(wanted).map(async ([name, rule]) => {
      const value = Object.hasOwn(found, name) ? found[name] : undefined
      if (value !== undefined && (await followsRule(value, rule))) return []
      const is = value === undefined ? 'is missing' : `is ${quote(value)}`
      return [`the ${noun} ${name} ${is}, required: ${showRule(rule)}`]
    }),
  )
  return told.flat()
}

// Nobody set is root; runtimes read "00" and "+0" as the number they are; the last is root on Windows.
const ROOT = /^(?:|root|[+-]?0+|ContainerAdministrator)$/i

/** `user[:group]`, by name or number (image-spec config.md); nothing is root. */
function userFlaw(user: string | undefined, wanted: LabelsOptions['user']): readonly string[] {
  if (!wanted) return []
  const [name = ''] = (user ?? '').split(':', 1)
  if (ROOT.test(name))
    return [`runs as ${name === '' ? 'root, for no user is set' : quote(name)}, required: not root`]
  if (wanted.numeric && !/^\d{1,10}$/.test(name)) return [`runs as ${quote(name)}, required: a number`]
  return []
}

function summary({ labels, annotations, indexAnnotations, user }: LabelsOptions): string {
  const size = (given: object | undefined) => Object.keys(given ?? {}).length
  const parts = [
    size(labels) > 0 && count(size(labels), 'label'),
    size(annotations) + size(indexAnnotations) > 0 &&
      count(size(annotations) + size(indexAnnotations), 'annotation'),
    user && 'the user',
  ]
  return listed(parts.filter((part) => typeof part === 'string'))
}
