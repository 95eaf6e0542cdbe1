import * as z from 'zod'
import type { Facts } from '../facts.ts'
import type { GateNeeds } from '../gate-needs.ts'
import type { Judgement } from '../judgement.ts'
import { count, listed, pass, refuse, unclear } from '../judgement.ts'
import { duration, nonEmpty, oneOrMore } from '../options.ts'
import { unusableNote } from '../predicates.ts'
import { asideNote, coverageOf } from '../vulnerabilities/coverage.ts'
import { exceptionsOf } from '../vulnerabilities/exceptions.ts'
import { describeRules } from '../vulnerabilities/rules.ts'
import { scansOf } from '../vulnerabilities/scans.ts'
import { scannedBy } from '../vulnerabilities/texts.ts'
import type { Weighed, Weighing } from '../vulnerabilities/weigh.ts'
import { gateFinding, weigh } from '../vulnerabilities/weigh.ts'
import { waiverText } from '../waive-gate.ts'
import type { ActiveWaiver } from '../waivers.ts'
import { waiversOf } from '../waivers.ts'

const DAY = 86_400_000

export const vulnerabilitiesOptions = z.strictObject({
  block: oneOrMore(z.enum(['critical', 'high', 'medium', 'low', 'negligible', 'none']))
    .refine((words) => words.length === 1 || !words.includes('none'), 'none stands alone')
    .default(['critical', 'high'])
    .describe(
      'Severities that block: the mildest one named and everything worse. none: severity never blocks.',
    ),
  cvss: z.number().min(0).max(10).optional().describe('Block from this CVSS base score on, e.g. 7.0.'),
  epss: z.number().gt(0).max(1).optional().describe('Block from this EPSS probability on, e.g. 0.5.'),
  knownExploited: z
    .boolean()
    .optional()
    .describe(
      'Block what is known to be exploited (CISA KEV), with or without a fix. Default: when a scanner says so; true: a scanner must say; false: not asked.',
    ),
  unknown: z
    .enum(['block', 'allow'])
    .default('block')
    .describe('What happens to vulnerabilities whose severity nobody knows.'),
  ignoreUnfixed: z
    .boolean()
    .default(false)
    .describe('Let through what has no fix, when the scanner says that there is none.'),
  newOnly: z
    .boolean()
    .default(false)
    .describe('Only what is new compared with what is in the environment now.'),
  maxAge: duration.default(7 * DAY).describe('How old the scan may be, e.g. 24h.'),
  maxDatabaseAge: duration.optional().describe("How old the scanner's database may be today, e.g. 3d."),
  trustedTime: z
    .boolean()
    .default(false)
    .describe('The age of the scan must be proven by a timestamp authority or log.'),
  scanners: z
    .array(nonEmpty)
    .min(1)
    .optional()
    .describe('Tools whose scans count, e.g. [trivy, grype]. Default: any.'),
  allowEndOfLife: z.boolean().default(false).describe('Accept a distribution that gets no more updates.'),
  allowSuppressed: z
    .boolean()
    .default(true)
    .describe('Accept scans that were told to leave out findings (ignore files).'),
  acceptVex: z.boolean().default(true).describe('Let through what signed VEX calls not_affected or fixed.'),
  vexSigners: z
    .array(nonEmpty)
    .min(1)
    .optional()
    .describe('Signer ids whose VEX counts. Default: any that may assert vex.'),
})

export type VulnerabilitiesOptions = z.output<typeof vulnerabilitiesOptions>

export function vulnerabilitiesNeeds({ newOnly }: VulnerabilitiesOptions): GateNeeds {
  return newOnly ? { target: { evidence: true, details: true } } : {}
}

/**
 * Every platform has a fresh signed scan, and nothing that the newest scans of all tools found blocks. Evidence can be
 * withheld, so no scan is a no.
 */
export function judgeVulnerabilities(options: VulnerabilitiesOptions, facts: Facts): Judgement {
  const covered = coverageOf(options, facts)
  const waivers = waiversOf(facts, 'vulnerabilities')
  const exceptions = exceptionsOf(options, facts, waivers)
  const weighing = weigh(options, covered, exceptions, facts)
  const scans = [...new Set(covered.flatMap((one) => one.scans))]
  const excused = weighing.waived.flatMap(({ waivedBy }) => (waivedBy ? { payload: waivedBy } : []))
  const basis = [...scans, ...weighing.compared, ...excused]
  const flaws = covered.flatMap((one) => one.flaws)
  const { unreadable } = scansOf(facts.evidence)

  const no = [...(weighing.blocking.length > 0 ? [blockingText(weighing, options)] : []), ...flaws]
  if (no.length > 0) {
    const vex = exceptions.unreadableVex && weighing.blocking.length > 0 ? UNREADABLE_VEX : ''
    const aside =
      flaws.length > 0 ? `${asideNote(options, facts)}${unusable(facts)}${unread(unreadable)}` : ''
    return withFindings(refuse(`${no.join('; ')}${vex}${aside}.`, basis), weighing)
  }
  if (unreadable.length > 0)
    return withFindings(
      unclear(`${count(unreadable.length, 'signed vulnerability scan')} cannot be read.`, [
        ...basis,
        ...unreadable,
      ]),
      weighing,
    )
  if (weighing.doubts.length > 0)
    return withFindings(unclear(`Could not tell: ${weighing.doubts.join('; ')}.`, basis), weighing)
  return withFindings(
    allowed(weighing, options, { by: scannedBy(scans, facts.now), waivers }, basis),
    weighing,
  )
}

const UNREADABLE_VEX = '; a signed VEX statement cannot be read, so none lets anything through'

function allowed(
  { waived, total }: Weighing,
  options: VulnerabilitiesOptions,
  { by, waivers }: { readonly by: string; readonly waivers: readonly ActiveWaiver[] },
  basis: Parameters<typeof pass>[1],
): Judgement {
  const among = `${total} ${total === 1 ? 'vulnerability' : 'vulnerabilities'} found by ${by}`
  const rules = `Blocked would be: ${describeRules(options)}`
  if (waived.length === 0) return pass(`Nothing blocks among ${among}. ${rules}.`, basis)
  const names = short(waived, (one) => gateFinding(one).id)
  return {
    ...pass(
      `${names} let through by waiver or VEX among ${among}. ${rules}.${whoWaived(waived, waivers)}`,
      basis,
    ),
    result: 'waived',
  }
}

/** Who let them through, why and until when, as one or two more sentences; VEX says it in its own document. */
function whoWaived(waived: readonly Weighed[], waivers: readonly ActiveWaiver[]): string {
  const used = waivers.filter(({ payload }) => waived.some(({ waivedBy }) => waivedBy === payload))
  const more = used.length > 2 ? ` ${used.length - 2} more waivers count.` : ''
  return `${used
    .slice(0, 2)
    .map((one) => ` ${waiverText(one)}`)
    .join('')}${more}`
}

function blockingText({ blocking, total }: Weighing, options: VulnerabilitiesOptions): string {
  const [verb, be] = blocking.length === 1 ? ['blocks', 'is'] : ['block', 'are']
  const fresh = options.newOnly ? ` and ${be} new here` : ''
  return `${blocking.length} of ${total} found ${verb}${fresh}: ${short(blocking, describe)}; blocked: ${describeRules(options)}`
}

function describe(one: Weighed): string {
  const { id, about, severity } = gateFinding(one)
  return one.why === severity ? `${id} (${severity}, ${about})` : `${id} (${about})`
}

function short(all: readonly Weighed[], text: (one: Weighed) => string): string {
  const shown = all.slice(0, 3).map(text)
  return all.length > 3 ? `${shown.join(', ')} and ${all.length - 3} more` : listed(shown)
}

/** At most this many findings go into a verdict; the statements have them all. */
const LISTED = 200

function withFindings(judged: Judgement, { blocking, waived }: Weighing): Judgement {
  const findings = [...blocking, ...waived].slice(0, LISTED).map(gateFinding)
  return findings.length > 0 ? { ...judged, findings } : judged
}

function unread(unreadable: readonly unknown[]): string {
  return unreadable.length > 0 ? `; ${count(unreadable.length, 'signed scan')} cannot be read` : ''
}

function unusable({ evidence }: Facts): string {
  return unusableNote(evidence, 'vulnerabilities') || unusableNote(evidence, 'cosign-vulnerabilities')
}
