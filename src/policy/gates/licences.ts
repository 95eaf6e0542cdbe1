import { isPackage } from '../../attestation/index.ts'
import { printableLine } from '../../base/index.ts'
import type { Facts } from '../facts.ts'
import { imageSboms, otherSboms } from '../image-sboms.ts'
import type { SbomFact } from '../image-sboms.ts'
import type { Judgement } from '../judgement.ts'
import { count, listed, pass, refuse, unclear } from '../judgement.ts'
import { licencesOptions } from '../licence-options.ts'
import type { LicencesOptions } from '../licence-options.ts'
import { isIgnored, licenceProblems } from '../licence-problems.ts'
import type { LicenceProblem } from '../licence-problems.ts'
import { licensedPackages } from '../licensed-packages.ts'
import type { LicensedPackage } from '../licensed-packages.ts'
import { licenceParser } from '../spdx-licence.ts'
import type { GateFinding } from '../verdict.ts'
import { waiverFor, waiversOf } from '../waivers.ts'
import type { ActiveWaiver } from '../waivers.ts'

export { licencesOptions }

/** Every package that the image's SBOMs list is under licences that are allowed. */
export async function judgeLicences(options: LicencesOptions, facts: Facts): Promise<Judgement> {
  const all = imageSboms(facts)
  const basis = [...new Set(all.platforms.flatMap(({ sboms }) => sboms))]
  const without = all.platforms
    .filter(({ sboms }) => !sboms.some(listsPackages))
    .map(({ platform }) => platform)
  const unknown = [...all.unreadable, ...(without.length > 0 ? all.byReference : [])]
  if (all.platforms.length === 0)
    return unclear('The image names no platform, so nobody can tell what to cover.')
  const looked = await look(options, basis, facts)
  // A definite no stays one, whatever else cannot be read.
  if (looked.open.length > 0) return refusal(looked, basis)
  if (without.length > 0 || unknown.length > 0) {
    const lacking =
      without.length > 0
        ? `${listed(without)}: no signed SBOM that lists packages`
        : 'Not every SBOM can be read'
    const text = `${lacking}${otherSboms(all, facts.evidence)}.`
    return unknown.length > 0
      ? unclear(text, [...basis, ...unknown])
      : refuse(text, [...basis, ...all.elsewhere])
  }
  const asideNote = looked.aside > 0 ? `; ${count(looked.aside, 'package')} left out by ignore` : ''
  const text = `The licences of ${count(looked.packages, 'package')} are allowed${asideNote}`
  if (looked.waived.length === 0) return pass(`${text}.`, basis)
  const { reason: _, ...rest } = refusal(looked, basis)
  return { ...rest, result: 'waived', reason: `${text}, ${shown(looked.waived)} let through.` }
}

const listsPackages = ({ sbom }: SbomFact) => sbom.components.some(isPackage)

/** One package with a licence that stands in the way, and what lets it through. */
interface Weighed extends LicenceProblem {
  readonly waiver: ActiveWaiver | undefined
}

interface Looked {
  readonly packages: number
  readonly aside: number
  readonly open: readonly Weighed[]
  readonly waived: readonly Weighed[]
}

async function look(options: LicencesOptions, basis: readonly SbomFact[], facts: Facts): Promise<Looked> {
  const all = licensedPackages(basis.map(({ sbom }) => sbom))
  const found = licenceProblems(all, options, await licenceParser())
  const ignored = new Set(found.map((one) => one.package).filter((one) => isIgnored(one, options)))
  const waivers = waiversOf(facts, 'licences')
  const weighed = found
    .filter((problem) => !ignored.has(problem.package))
    .map((problem) => ({ ...problem, waiver: waiverOf(problem, waivers) }))
  const isLetThrough = ({ waiver, unknown }: Weighed) =>
    waiver !== undefined || (unknown && options.unknown === 'waive')
  return {
    packages: all.length,
    aside: ignored.size,
    open: weighed.filter((one) => !isLetThrough(one)),
    waived: weighed.filter(isLetThrough),
  }
}

function waiverOf({ licence, package: { name, purl } }: LicenceProblem, waivers: readonly ActiveWaiver[]) {
  return waiverFor(waivers, { ids: [licence], package: { name, ...(purl !== undefined && { purl }) } })
}

const FINDINGS_LISTED = 200

function refusal({ packages, open, waived }: Looked, basis: readonly SbomFact[]): Judgement {
  const concerned = new Set(open.map((one) => one.package)).size
  const waivers = waived.flatMap(({ waiver }) => waiver ?? [])
  return {
    ...refuse(`${concerned} of ${count(packages, 'package')} may not be used: ${shown(open)}.`, [
      ...basis,
      ...waivers,
    ]),
    findings: [...open, ...waived].slice(0, FINDINGS_LISTED).map(findingOf),
  }
}

function findingOf({ licence, package: at, waiver, unknown }: Weighed): GateFinding {
  return {
    id: printableLine(licence, 200),
    about: `${nameOf(at)}${unknown ? ', not known to SPDX' : ''}${at.purl === undefined ? '' : ` (${printableLine(at.purl, 160)})`}`,
    ...(waiver && { waivedBy: waiver.payload }),
  }
}

const SHOWN = 4

/** `GPL-3.0-only (readline 8.2, gdbm 1.23) and 3 others`. */
function shown(problems: readonly LicenceProblem[]): string {
  const groups = [...Map.groupBy(problems, ({ licence }) => licence)]
  const texts = groups.slice(0, SHOWN).map(([licence, all]) => {
    const names = all.slice(0, SHOWN).map((one) => nameOf(one.package))
    const more = all.length > SHOWN ? ` and ${all.length - SHOWN} more` : ''
    return `${printableLine(licence, 80)} (${names.join(', ')}${more})`
  })
  return `${texts.join(', ')}${groups.length > SHOWN ? ` and ${count(groups.length - SHOWN, 'other licence')}` : ''}`
}

function nameOf({ name, version }: LicensedPackage): string {
  return printableLine([name, version].filter(Boolean).join(' '), 80)
}
