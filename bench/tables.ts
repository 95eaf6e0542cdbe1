import type { Case } from './cases.ts'
import type { Row } from './row.ts'
import type { Setting } from './tracing-proxy.ts'

/** All rows of one case, setting by setting. */
export interface CaseResult {
  readonly case: Case
  /** Bytes of the blobs that travel, for CPU seconds per GB. */
  readonly bytes: number
  readonly results: readonly { readonly setting: Setting; readonly rows: readonly Row[] }[]
}

const OURS = 'waybill'
const REMEMBERED = 'waybill, remembered'
const HASHING = ['crane', 'regctl', 'skopeo']
const MOST_MEMORY_MIB = 150

export function nameOf({ latency, bearer }: Setting): string {
  const distance = latency > 0 ? `${latency} ms` : 'loopback'
  return bearer ? `${distance}, bearer` : distance
}

/** A Markdown table; all columns but the first are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map((_, place) => (place === 0 ? '---' : '---:')), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** One case: tool by tool, requests and time in every setting, CPU and memory in the first. */
export function caseTable({ case: one, bytes, results }: CaseResult): string {
  const [first] = results
  if (!first) return ''
  const gigabytes = one.bound === 'bytes' ? bytes / 1e9 : 0
  const head = [
    'tool',
    ...results.flatMap(({ setting }) => [`requests, ${nameOf(setting)}`, `ms (ratio)`]),
    ...(gigabytes > 0 ? ['CPU s per GB'] : ['CPU ms']),
    'peak MiB',
  ]
  const body = first.rows.map(({ tool }) => {
    const cells = results.flatMap(({ rows }) => {
      const row = rows.find((each) => each.tool === tool)
      return row?.absent ? [row.absent, '–'] : [requestsOf(row), wallOf(row, rowNamed(rows, OURS))]
    })
    const { cpu, memory } = rowNamed(first.rows, tool) ?? {}
    const work = gigabytes > 0 ? number(cpu && cpu / 1000 / gigabytes, 2) : number(cpu)
    return [tool, ...cells, work, number(memory)]
  })
  return table(head, body)
}

/** The figures to reach, case by case, in the last setting of each. */
export function summaryTable(results: readonly CaseResult[]): string {
  const head = [
    'case',
    'setting',
    'floor',
    'requests',
    'at or under',
    'ms',
    'best rival',
    'of its time',
    'reached',
  ]
  return table(head, results.map(summaryRow))
}

function summaryRow({ case: one, results }: CaseResult): readonly string[] {
  const last = one.bound === 'bytes' ? results[0] : results.at(-1)
  const counted = results.find(({ setting }) => setting.bearer)
  if (!last) return [one.name]
  const ours = [rowNamed(last.rows, OURS), rowNamed(last.rows, REMEMBERED)]
  const asked = [rowNamed(counted?.rows ?? [], OURS), rowNamed(counted?.rows ?? [], REMEMBERED)]
  const best = bestRival(last.rows)
  const target = one.bound === 'bytes' ? 1 : 0.5
  const shares = ours.map((row) => (row?.wall && best?.wall ? row.wall / best.wall : undefined))
  return [
    one.name,
    nameOf(last.setting),
    String(one.floor),
    pair(asked.map((row) => total(row)?.toString() ?? '–')),
    pair(asked.map((row) => verdict((total(row) ?? Number.NaN) <= one.floor, total(row)))),
    pair(ours.map((row) => number(row?.wall))),
    best ? `${best.tool} ${number(best.wall)}` : '–',
    pair(shares.map((share) => number(share, 2))),
    pair(shares.map((share) => verdict((share ?? 1) <= target, share))),
  ]
}

/** What bulk copies must hold: CPU per GB at most that of the rivals who hash, and little memory. */
export function bulkTable(results: readonly CaseResult[]): string {
  const rows = results.flatMap(({ case: one, bytes, results: [first] }) => {
    if (one.bound !== 'bytes' || !first) return []
    const perGigabyte = ({ cpu }: Row) => (cpu === undefined ? undefined : cpu / 1000 / (bytes / 1e9))
    const ours = rowNamed(first.rows, OURS)
    const mine = ours && perGigabyte(ours)
    const rivals = first.rows
      .filter(({ tool }) => HASHING.includes(tool))
      .flatMap((row) => perGigabyte(row) ?? [])
    const best = rivals.length > 0 ? Math.min(...rivals) : undefined
    const memory = ours?.memory
    const work = [number(mine, 2), number(best, 2), verdict((mine ?? 0) <= (best ?? 0), mine && best)]
    return [[one.name, ...work, number(memory), verdict((memory ?? 0) < MOST_MEMORY_MIB, memory)]]
  })
  const head = [
    'case',
    'CPU s per GB',
    'best hashing rival',
    'at most that',
    'peak MiB',
    `under ${MOST_MEMORY_MIB}`,
  ]
  return rows.length > 0 ? table(head, rows) : ''
}

/** Programs that only start, or do one thing of their own. */
export function plainTable(first: string, rows: readonly Row[]): string {
  return table(
    [first, 'ms', 'CPU ms', 'peak MiB'],
    rows.map(({ tool, wall, cpu, memory }) => [tool, number(wall, 1), number(cpu, 1), number(memory)]),
  )
}

function requestsOf(row: Row | undefined): string {
  if (row?.requests === undefined) return '–'
  return row.tokens ? `${row.requests} + ${row.tokens}` : String(row.requests)
}

function wallOf(row: Row | undefined, ours: Row | undefined): string {
  const ratio = row?.wall && ours?.wall ? ` (${(row.wall / ours.wall).toFixed(2)})` : ''
  return `${number(row?.wall)}${ratio}`
}

function bestRival(rows: readonly Row[]): Row | undefined {
  return rows
    .filter(({ tool, wall }) => !tool.startsWith(OURS) && wall !== undefined)
    .toSorted((a, b) => (a.wall ?? 0) - (b.wall ?? 0))[0]
}

function total(row: Row | undefined): number | undefined {
  return row?.requests === undefined ? undefined : row.requests + (row.tokens ?? 0)
}

function rowNamed(rows: readonly Row[], name: string): Row | undefined {
  return rows.find(({ tool }) => tool === name)
}

function pair(cells: readonly string[]): string {
  return cells.join(' / ')
}

function verdict(reached: boolean, known: number | undefined): string {
  if (known === undefined) return '–'
  return reached ? 'yes' : '**no**'
}

function number(value: number | undefined, digits = 0): string {
  return value === undefined || Number.isNaN(value) ? '–' : value.toFixed(digits)
}
