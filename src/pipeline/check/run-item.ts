import { printableLine } from '../../base/index.ts'
import { couldNotTell } from './checked.ts'
import type { Checked } from './checked.ts'
import type { CheckParts } from './check-parts.ts'
import type { CheckResult } from '../check-outcome.ts'

/** A piece of work with a name, and the result of it. */
export interface Item {
  readonly name: string
  readonly application: string | undefined
  readonly work: (onOutput: (piece: Buffer) => void) => Promise<Checked>
}

/** How often the newest line of output is shown; milliseconds. */
const BETWEEN_NOTES = 250

/** One item of the live view. What keeps it from telling is its result; an interrupted one throws. */
export async function runItem(
  { name, application, work }: Item,
  total: number,
  { onStep, signal, clock }: CheckParts,
): Promise<Checked & { readonly result: CheckResult }> {
  const item = application === undefined ? name : `${application} ${name}`
  const tell = (state: 'start' | 'done' | 'failed', note: string) =>
    onStep({ kind: 'item', item, state, note, total, requests: 0 })
  const note = (line: string) =>
    onStep({
      kind: 'item',
      item,
      state: 'within',
      step: { kind: 'step', step: name, state: 'start', note: line },
    })
  signal.throwIfAborted()
  tell('start', '')
  note('')
  const began = clock.now().getTime()
  const checked = await work(newestLine(note)).catch((error: unknown) => {
    signal.throwIfAborted()
    return couldNotTell({ check: name, ...(application !== undefined && { application }) }, error)
  })
  const { result } = checked
  tell(GOOD.has(result.result) ? 'done' : 'failed', `${result.result}: ${result.reason}`)
  return { ...checked, result: { ...result, milliseconds: clock.now().getTime() - began } }
}

const GOOD: ReadonlySet<CheckResult['result']> = new Set(['pass', 'planned', 'missing'])

/** The newest whole line of what a program prints, not too often. */
function newestLine(tell: (line: string) => void): (piece: Buffer) => void {
  let rest = ''
  let toldAt = 0
  return (piece) => {
    const lines = (rest + piece.toString('utf8')).split(/[\r\n]+/)
    rest = (lines.pop() ?? '').slice(-4096)
    const newest = lines.findLast((line) => line.trim() !== '')
    const now = performance.now()
    if (newest === undefined || now - toldAt < BETWEEN_NOTES) return
    toldAt = now
    tell(printableLine(newest, 120))
  }
}
