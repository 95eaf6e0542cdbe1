import { timestamp } from '../../base/index.ts'
import { coverageClaim } from '../coverage-claim.ts'
import type { Measure, Measures } from '../coverage-claim.ts'
import type { RawReport, ReportReader } from '../report-reader.ts'
import { invalid } from '../report-shape.ts'
import { parseXml } from '../xml.ts'
import type { XmlElement } from '../xml.ts'

const PARTS: ReadonlySet<string> = new Set(['sessioninfo', 'group', 'package', 'counter'])

/** JaCoCo XML. Its document type names a DTD, which is skipped and never fetched. */
export const jacocoReader: ReportReader = {
  format: 'jacoco',
  about: 'JaCoCo XML',
  recognises: (report) => {
    const root = report.xml()
    return root?.name === 'report' && root.children.every(({ name }) => PARTS.has(name))
  },
  read: (report, hints) => {
    const root = parseXml(report.bytes, report.where)
    if (root.name !== 'report')
      throw invalid(`Found the root element <${root.name.slice(0, 60)}>`, report, '<report>')
    return [coverageClaim('jacoco', report, measuresOf(root, report), hints, timesOf(root))]
  },
}

const NAMES = {
  line: 'LINE',
  branch: 'BRANCH',
  function: 'METHOD',
  instruction: 'INSTRUCTION',
  class: 'CLASS',
} as const

function measuresOf(root: XmlElement, report: RawReport): Measures {
  const entries = Object.entries(NAMES).flatMap(([name, type]) => {
    const measure = counterOf(root, type, report)
    checkParts(root, type, measure, report)
    return measure ? [[name, measure] as const] : []
  })
  return Object.fromEntries(entries)
}

function counterOf(element: XmlElement, type: string, report: RawReport): Measure | undefined {
  const found = element.children.filter(
    ({ name, attributes }) => name === 'counter' && attributes.type === type,
  )
  const [counter] = found
  if (!counter) return undefined
  const { missed = '', covered = '' } = counter.attributes
  if (found.length > 1 || !/^\d{1,12}$/.test(missed) || !/^\d{1,12}$/.test(covered))
    throw invalid(`Found a ${type} counter that is doubled or no number`, report, 'JaCoCo XML')
  return { covered: Number(covered), total: Number(covered) + Number(missed) }
}

/** The whole is the sum of its packages; one that is not was edited or cut. */
function checkParts(root: XmlElement, type: string, whole: Measure | undefined, report: RawReport): void {
  const parts = root.children.filter(({ name }) => name === 'package' || name === 'group')
  if (parts.length === 0) return
  const sums = parts.map((part) => counterOf(part, type, report) ?? { covered: 0, total: 0 })
  const covered = sums.reduce((sum, part) => sum + part.covered, 0)
  const total = sums.reduce((sum, part) => sum + part.total, 0)
  if (covered === (whole?.covered ?? 0) && total === (whole?.total ?? 0)) return
  throw invalid(
    `The ${type} counter says ${whole?.covered ?? 0} of ${whole?.total ?? 0}, its packages say ${covered} of ${total}`,
    report,
    'both to agree',
  )
}

/** `dump` is when a session's data was written, in milliseconds since 1970. */
function timesOf(root: XmlElement) {
  const sessions = root.children.filter(({ name }) => name === 'sessioninfo')
  const times = (what: 'start' | 'dump') =>
    sessions.map(({ attributes }) => Number(attributes[what])).filter((time) => time > 0 && time < 1e14)
  const ends = times('dump')
  const starts = times('start')
  return {
    startedOn: starts.length > 0 ? timestamp(new Date(starts.reduce((a, b) => Math.min(a, b)))) : undefined,
    finishedOn: ends.length > 0 ? timestamp(new Date(ends.reduce((a, b) => Math.max(a, b)))) : undefined,
  }
}
