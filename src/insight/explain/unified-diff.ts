/** Lines shown around a change. */
const CONTEXT = 3
/** Cells of the comparison table; beyond it the middle is shown as replaced. */
const MOST_CELLS = 4_000_000

interface Edit {
  readonly sign: ' ' | '-' | '+'
  readonly text: string
}

/** Two texts → a unified diff with `a/` and `b/` names; empty when they are the same. */
export function unifiedDiff(path: string, before: string, after: string): string {
  const edits = editsBetween(linesOf(before), linesOf(after))
  const hunks = hunksOf(edits)
  if (hunks.length === 0) return ''
  return [`--- a/${path}`, `+++ b/${path}`, ...hunks.flatMap((range) => hunkText(edits, range)), ''].join(
    '\n',
  )
}

const NO_NEWLINE = '\\ No newline at end of file'

// A last line without a line break is another line than the same with one, as diff and git have it.
function linesOf(text: string): readonly string[] {
  if (text === '') return []
  const lines = text.split('\n')
  const last = lines.pop() ?? ''
  return last === '' ? lines : [...lines, `${last}\n${NO_NEWLINE}`]
}

function editsBetween(before: readonly string[], after: readonly string[]): readonly Edit[] {
  let head = 0
  while (head < before.length && head < after.length && before[head] === after[head]) head++
  let tail = 0
  const most = Math.min(before.length, after.length) - head
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  const same = (lines: readonly string[]) => lines.map((text): Edit => ({ sign: ' ', text }))
  return [
    ...same(before.slice(0, head)),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...same(before.slice(before.length - tail)),
  ]
}

function middle(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const removed = before.map((text): Edit => ({ sign: '-', text }))
  const added = after.map((text): Edit => ({ sign: '+', text }))
  if (before.length * after.length > MOST_CELLS) return [...removed, ...added]
  const width = after.length + 1
  const common = commonLengths(before, after)
  const edits: Edit[] = []
  let [at, to] = [0, 0]
  while (at < before.length && to < after.length) {
    const skipOld = common[(at + 1) * width + to] ?? 0
    const skipNew = common[at * width + to + 1] ?? 0
    if (before[at] === after[to]) {
      edits.push({ sign: ' ', text: before[at++] ?? '' })
      to++
    } else if (skipOld >= skipNew) edits.push(...removed.slice(at, ++at))
    else edits.push(...added.slice(to, ++to))
  }
  return [...edits, ...removed.slice(at), ...added.slice(to)]
}

/** Length of the longest common subsequence of every pair of ends, row by row. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array {
  const width = after.length + 1
  const table = new Uint32Array((before.length + 1) * width)
  for (let at = before.length - 1; at >= 0; at--)
    for (let to = after.length - 1; to >= 0; to--)
      table[at * width + to] =
        before[at] === after[to]
          ? (table[(at + 1) * width + to + 1] ?? 0) + 1
          : Math.max(table[(at + 1) * width + to] ?? 0, table[at * width + to + 1] ?? 0)
  return table
}

/** Stretches of edits to show, as [from, to). */
function hunksOf(edits: readonly Edit[]): readonly (readonly [number, number])[] {
  const hunks: [number, number][] = []
  edits.forEach((edit, index) => {
    if (edit.sign === ' ') return
    const last = hunks.at(-1)
    const to = Math.min(edits.length, index + 1 + CONTEXT)
    if (last && index - CONTEXT <= last[1]) last[1] = to
    else hunks.push([Math.max(0, index - CONTEXT), to])
  })
  return hunks
}

function hunkText(edits: readonly Edit[], [from, to]: readonly [number, number]): readonly string[] {
  const count = (part: readonly Edit[], not: Edit['sign']) => part.filter(({ sign }) => sign !== not).length
  const [before, shown] = [edits.slice(0, from), edits.slice(from, to)]
  const range = (not: Edit['sign']) => {
    const length = count(shown, not)
    // An empty range names the line before it.
    return `${count(before, not) + (length > 0 ? 1 : 0)},${length}`
  }
  return [`@@ -${range('+')} +${range('-')} @@`, ...shown.map(({ sign, text }) => sign + text)]
}
