import { printableJson } from '../base/index.ts'
import { COMMENT_BYTES, commentMark, cutMarkdown } from '../report/index.ts'
import type { Paint } from '../report/index.ts'
import type { Answer, OutputFormat } from './command.ts'

/** The answer in the form that was asked for; as text where it has no such form. */
export function render(answer: Answer, format: OutputFormat, paint: Paint): string {
  if (format === 'json') return jsonText(answer.value)
  if (format === 'markdown' && answer.markdown) return comment(answer, answer.markdown())
  if (format === 'html' && answer.html) return answer.html()
  return answer.text(paint)
}

/** One JSON document. */
export function jsonText(value: object): string {
  return `${printableJson(JSON.stringify(value, null, 2))}\n`
}

/** What decides or makes something is put under a pull request by a bot, which must find its own and has a limit. */
function comment({ told }: Answer, markdown: string): string {
  return told ? cutMarkdown(`${commentMark(told().topic)}\n${markdown}`, COMMENT_BYTES) : markdown
}
