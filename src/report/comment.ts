/** Bytes of a comment on a pull request: GitHub takes 65,536 characters, Azure DevOps 150,000, GitLab 1,000,000. */
export const COMMENT_BYTES = 64_000

const FENCE = /^(`{3,})[a-z]*$/
const CUT = '*Cut here, as it is longer than this place takes. `-o json` has all of it.*'

/**
 * The line that begins a comment of Waybill's: it is not shown, and a bot finds by it the comment to replace.
 * @param topic `plan:ordersvc:staging`
 */
export function commentMark(topic: string): string {
  return `<!-- waybill:${topic.replaceAll(/[^\w.:/-]/g, '_')} -->`
}

/** Markdown of this room in at most `limit` bytes of UTF-8: whole lines, whatever is open closed, and a word about it. */
export function cutMarkdown(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text
  const kept: string[] = []
  let size = 0
  let open = noneOpen
  for (const line of text.split('\n')) {
    const next = after(open, line)
    size += Buffer.byteLength(line) + 1
    if (size + Buffer.byteLength(ending(next)) > limit) break
    kept.push(line)
    open = next
  }
  return `${kept.join('\n')}${ending(open)}`
}

interface Open {
  /** The backticks that end the code block. */
  readonly fence: string | undefined
  readonly details: number
}

const noneOpen: Open = { fence: undefined, details: 0 }

function after({ fence, details }: Open, line: string): Open {
  if (fence !== undefined) return { fence: line === fence ? undefined : fence, details }
  if (line.startsWith('<details>')) return { fence, details: details + 1 }
  if (line === '</details>') return { fence, details: details - 1 }
  return { fence: FENCE.exec(line)?.[1], details }
}

function ending({ fence, details }: Open): string {
  const block = fence === undefined ? '' : `\n${fence}`
  return `${block}${'\n\n</details>'.repeat(details)}\n\n${CUT}\n`
}
