import { coverageClaim } from '../coverage-claim.ts'
import type { Measure, Measures } from '../coverage-claim.ts'
import type { RawReport, ReportReader } from '../report-reader.ts'
import { empty, invalid } from '../report-shape.ts'

const EXPECTED = 'LCOV records from SF: to end_of_record'

/** LCOV tracefiles, as geninfo, c8, istanbul, gcovr and llvm-cov write them. */
export const lcovReader: ReportReader = {
  format: 'lcov',
  about: 'LCOV tracefile (lcov.info)',
  recognises: (report) => /^(?:TN:[^\n]*\r?\n)?SF:/.test(report.head()),
  read: (report, hints) => [coverageClaim('lcov', report, readLcov(report), hints)],
}

/** What one source file's records say, several test runs together. */
interface SourceFile {
  readonly lines: Map<string, boolean>
  readonly branches: Map<string, boolean>
  readonly functions: Map<string, boolean>
  /** LF and LH and the others, for records that list nothing. */
  readonly totals: Map<string, number>
}

/** @throws REPORT_INVALID, REPORT_EMPTY when there is no record at all */
function readLcov(report: RawReport): Measures {
  const files = new Map<string, SourceFile>()
  let open: SourceFile | undefined
  for (const [index, line] of linesOf(report)) {
    if (line.startsWith('SF:')) {
      if (open) throw broken(index, report)
      open = files.get(line) ?? {
        lines: new Map(),
        branches: new Map(),
        functions: new Map(),
        totals: new Map(),
      }
      files.set(line, open)
    } else if (line === 'end_of_record') {
      if (!open) throw broken(index, report)
      open = undefined
    } else if (!take(line, open)) throw broken(index, report)
  }
  if (open) throw invalid('The last record does not end; the file is cut off', report, EXPECTED)
  if (files.size === 0) throw empty('Found no record, expected at least one source file.', report)
  const all = [...files.values()]
  return {
    line: sumOf(all, 'lines', 'LF', 'LH'),
    branch: sumOf(all, 'branches', 'BRF', 'BRH'),
    function: sumOf(all, 'functions', 'FNF', 'FNH'),
  }
}

function* linesOf({ bytes, where }: RawReport): Generator<[number: number, line: string]> {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw invalid('Found bytes that are not UTF-8', { where }, EXPECTED)
  }
  let number = 0
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at)
    const line = text.slice(at, end < 0 ? text.length : end).trim()
    number++
    if (line !== '') yield [number, line]
    at = end < 0 ? text.length : end + 1
  }
}

const NUMBERED = /^(DA|BRDA|FNDA|LF|LH|BRF|BRH|FNF|FNH):(.*)$/
const OTHER = /^(?:TN|VER|FN|FNL|FNA|MCF|MCH|MCDC|VERSION|#)[:\s]?/

/** Takes one line in; false when it is none of LCOV, or has no number where one belongs. */
function take(line: string, open: SourceFile | undefined): boolean {
  const [, name = '', rest = ''] = NUMBERED.exec(line) ?? []
  if (name === '') return OTHER.test(line)
  if (!open) return false
  if (name === 'DA') return note(open.lines, rest.split(',', 2), 1)
  if (name === 'BRDA') return note(open.branches, cells(rest, 3), 3)
  if (name === 'FNDA') return note(open.functions, cells(rest, 1).toReversed(), 1)
  if (!/^\d{1,9}$/.test(rest)) return false
  // Of several runs over one file the best total counts: it is nobody's sum.
  open.totals.set(name, Math.max(open.totals.get(name) ?? 0, Number(rest)))
  return true
}

/** The first `count` cells, and all of the rest as one: names of functions may hold commas. */
function cells(text: string, count: number): string[] {
  const all = text.split(',')
  return [...all.slice(0, count), all.slice(count).join(',')]
}

/** Notes whether the thing the first cells name was reached; the last cell is how often, or `-`. */
function note(found: Map<string, boolean>, given: readonly string[], names: number): boolean {
  const times = given[names] ?? ''
  if (given.length !== names + 1 || !/^(?:\d{1,18}|-)$/.test(times)) return false
  const key = given.slice(0, names).join(',')
  found.set(key, found.get(key) === true || Number(times) > 0)
  return true
}

function sumOf(
  files: readonly SourceFile[],
  listed: 'lines' | 'branches' | 'functions',
  all: string,
  hit: string,
): Measure {
  const each = files.map((file) => {
    const reached = [...file[listed].values()]
    if (reached.length > 0) return { covered: reached.filter(Boolean).length, total: reached.length }
    const total = file.totals.get(all) ?? 0
    return { covered: Math.min(file.totals.get(hit) ?? 0, total), total }
  })
  return {
    covered: each.reduce((sum, { covered }) => sum + covered, 0),
    total: each.reduce((sum, { total }) => sum + total, 0),
  }
}

function broken(line: number, report: RawReport) {
  return invalid(`Line ${line} is out of place or has no number where one belongs`, report, EXPECTED)
}
