import { timestamp } from '../../base/index.ts'
import { coverageClaim } from '../coverage-claim.ts'
import type { Measure, Measures } from '../coverage-claim.ts'
import type { RawReport, ReportReader } from '../report-reader.ts'
import { invalid } from '../report-shape.ts'
import { parseXml } from '../xml.ts'
import type { XmlElement } from '../xml.ts'

const FORMAT = 'Cobertura XML'

/** Cobertura XML, as coverlet, coverage.py, gcovr, istanbul and Cobertura write it. */
export const coberturaReader: ReportReader = {
  format: 'cobertura',
  about: 'Cobertura XML (coverlet, coverage.py, istanbul, gcovr)',
  recognises: (report) => {
    const root = report.xml()
    return root?.name === 'coverage' && ('line-rate' in root.attributes || 'lines-valid' in root.attributes)
  },
  read: (report, hints) => {
    const root = parseXml(report.bytes, report.where)
    if (root.name !== 'coverage')
      throw invalid(`Found the root element <${root.name.slice(0, 60)}>`, report, '<coverage>')
    const finishedOn = madeOn(root.attributes.timestamp)
    return [coverageClaim('cobertura', report, measuresOf(root, report), hints, { finishedOn })]
  },
}

/** Lines are recounted; the totals of the root count only where there are none (a summary). */
function measuresOf(root: XmlElement, report: RawReport): Measures {
  const found = new Map<string, Line>()
  collect(root, '', found, report)
  if (found.size === 0) return totalsOf(root, report)
  const lines = [...found.values()]
  const branches = lines.flatMap(({ branch }) => branch ?? [])
  return {
    line: { covered: lines.filter(({ hit }) => hit).length, total: lines.length },
    ...(branches.length > 0 && { branch: sumOf(branches) }),
  }
}

interface Line {
  readonly hit: boolean
  readonly branch: Measure | undefined
}

/** Every line of every file once: a method's lines are repeated under its class, and a file may hold several classes. */
function collect(element: XmlElement, file: string, found: Map<string, Line>, report: RawReport): void {
  const here =
    element.name === 'class' ? (element.attributes.filename ?? element.attributes.name ?? '') : file
  for (const child of element.children) {
    if (child.name !== 'line') collect(child, here, found, report)
    else if (element.name === 'lines') {
      const key = `${here}\n${child.attributes.number ?? ''}`
      found.set(key, better(found.get(key), lineOf(child, report)))
    }
  }
}

function lineOf({ attributes }: XmlElement, report: RawReport): Line {
  const { hits = '', number = '' } = attributes
  if (!/^\d{1,18}$/.test(hits) || !/^\d{1,9}$/.test(number))
    throw invalid(
      `Found a line ${quoted(number)} with hits ${quoted(hits)}`,
      report,
      `whole numbers in ${FORMAT}`,
    )
  const [, covered, total] = /\((\d{1,6})\/(\d{1,6})\)\s*$/.exec(attributes['condition-coverage'] ?? '') ?? []
  const branch = total === undefined ? undefined : { covered: Number(covered), total: Number(total) }
  if (branch && branch.covered > branch.total)
    throw invalid(`Found ${covered} of ${total} branches`, report, FORMAT)
  return { hit: Number(hits) > 0, branch }
}

function better(one: Line | undefined, other: Line): Line {
  if (!one) return other
  const branches = [one.branch, other.branch].filter((branch) => branch !== undefined)
  return {
    hit: one.hit || other.hit,
    branch: branches.toSorted((a, b) => b.total - a.total || b.covered - a.covered)[0],
  }
}

function sumOf(measures: readonly Measure[]): Measure {
  return {
    covered: measures.reduce((sum, { covered }) => sum + covered, 0),
    total: measures.reduce((sum, { total }) => sum + total, 0),
  }
}

function totalsOf({ attributes }: XmlElement, report: RawReport): Measures {
  const read = (what: 'lines' | 'branches') => {
    const covered = Number(attributes[`${what}-covered`] ?? 0)
    const total = Number(attributes[`${what}-valid`] ?? 0)
    if (!Number.isSafeInteger(covered) || !Number.isSafeInteger(total) || covered < 0 || covered > total)
      throw invalid(`Found ${what}-covered and ${what}-valid that contradict each other`, report, FORMAT)
    return { covered, total }
  }
  return { line: read('lines'), branch: read('branches') }
}

/** Seconds (coverlet) or milliseconds (coverage.py, Cobertura) since 1970. */
function madeOn(text: string | undefined): string | undefined {
  if (text === undefined || !/^\d{10,13}$/.test(text)) return undefined
  const number = Number(text)
  return timestamp(new Date(number < 1e11 ? number * 1000 : number))
}

const quoted = (text: string) => JSON.stringify(text.slice(0, 40))
