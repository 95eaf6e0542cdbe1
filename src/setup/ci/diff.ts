const AROUND = 3

interface Line {
  readonly mark: ' ' | '-' | '+'
  readonly text: string
}

/** Unified diff between two texts of some hundred lines; undefined stands for no file. */
export function unifiedDiff(path: string, before: string | undefined, after: string | undefined): string {
  const lines = compared(linesOf(before), linesOf(after))
  return [
    `--- ${before === undefined ? '/dev/null' : `a/${path}`}`,
    `+++ ${after === undefined ? '/dev/null' : `b/${path}`}`,
    ...hunks(lines),
    '',
  ].join('\n')
}

function linesOf(text: string | undefined): readonly string[] {
  return text === undefined || text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

/** Longest common subsequence, between equal beginnings and ends. */
function compared(a: readonly string[], b: readonly string[]): readonly Line[] {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  const same = (lines: readonly string[]) => lines.map((text) => ({ mark: ' ' as const, text }))
  return [
    ...same(a.slice(0, start)),
    ...longest(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...same(a.slice(a.length - end)),
  ]
}

function longest(a: readonly string[], b: readonly string[]): readonly Line[] {
  const width = b.length + 1
  const lengths = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const lines: Line[] = []
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const [old, fresh] = [a[i], b[j]]
    if (old !== undefined && old === fresh) {
      lines.push({ mark: ' ', text: old })
      i += 1
      j += 1
    } else if (fresh === undefined || (old !== undefined && at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ mark: '-', text: old ?? '' })
      i += 1
    } else {
      lines.push({ mark: '+', text: fresh })
      j += 1
    }
  }
  return lines
}

function hunks(lines: readonly Line[]): readonly string[] {
  const isNear = lines.map((_, index) =>
    lines.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ mark }) => mark !== ' '),
  )
  const told: string[] = []
  let [old, fresh] = [1, 1]
  for (let index = 0; index < lines.length;) {
    const length = isNear[index] ? isNear.slice(index).findIndex((near) => !near) : -1
    const part = isNear[index] ? lines.slice(index, length < 0 ? undefined : index + length) : [lines[index]]
    const hunk = part.filter((line) => line !== undefined)
    const left = hunk.filter(({ mark }) => mark !== '+').length
    const right = hunk.filter(({ mark }) => mark !== '-').length
    if (isNear[index])
      told.push(
        `@@ -${range(old, left)} +${range(fresh, right)} @@`,
        ...hunk.map(({ mark, text }) => mark + text),
      )
    old += left
    fresh += right
    index += hunk.length
  }
  return told
}

function range(start: number, length: number): string {
  return length === 1 ? String(start) : `${length === 0 ? start - 1 : start},${length}`
}
