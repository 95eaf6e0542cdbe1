import type { Notice } from '../../report/index.ts'

/** GitHub shows ten errors and ten warnings of a step, Azure DevOps ten issues of each kind; the log has all of them. */
const SHOWN = 10
const LONGEST_TITLE = 200
const LONGEST_MESSAGE = 4000

/** No notice twice, none too long, and of each severity as many as are shown; the last one tells of the others. */
export function fewest(notices: readonly Notice[]): readonly Notice[] {
  const distinct = [...new Map(notices.map((notice) => [JSON.stringify(notice), notice])).values()]
  return (['error', 'warning'] as const).flatMap((severity) => {
    const all = distinct.filter((notice) => notice.severity === severity).map(shortened)
    const rest = all.length - SHOWN + 1
    if (rest <= 1) return all
    return [
      ...all.slice(0, SHOWN - 1),
      { severity, title: 'waybill', message: `${rest} more are in the log.` },
    ]
  })
}

function shortened(notice: Notice): Notice {
  const { title, message } = notice
  return { ...notice, title: cut(title, LONGEST_TITLE), message: cut(message, LONGEST_MESSAGE) }
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}
