import type { VerifyAnswer } from '../insight/answers.ts'
import { columns, title } from './layout.ts'
import { code, md, mdPage, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { evidenceMarkdown, evidenceText } from './trace.ts'
import { line, markWords, paintMark, shortDigestText } from './words.ts'

const WIDTH = 80

/** `waybill verify` as text: the verdict, every check, everything found. */
export function verificationText(answer: VerifyAnswer, paint: Paint): string {
  const tone = { pass: paint.good, fail: paint.bad, error: paint.unsure }[answer.result]
  return `${[
    ...title(headline(answer), (text) => paint.bold(tone(text))),
    `  ${answer.digest}`,
    '',
    ...columns(
      answer.checks.map((check) => [
        `  ${paintMark(check.result, paint)}`,
        `${line(check.what, 200)}: ${check.code ? `${line(check.code, 60)}: ` : ''}${line(check.reason)}`,
      ]),
      WIDTH,
    ),
    ...(answer.evidence.length > 0
      ? ['', paint.bold('Evidence'), ...evidenceText(answer.evidence, paint)]
      : []),
  ].join('\n')}\n`
}

export function verificationMarkdown(answer: VerifyAnswer): string {
  const rows = answer.checks.map((check) => [
    `**${markWords[check.result]}**`,
    md(check.what),
    md(`${check.code ? `${check.code}: ` : ''}${check.reason}`),
    check.evidence.map((digest) => code(shortDigestText(digest))).join(' '),
  ])
  return mdPage([
    `### ${md(headline(answer))}`,
    code(answer.digest),
    mdTable(['Result', 'Check', 'Reason', 'Evidence'], rows),
    evidenceMarkdown(answer.evidence),
  ])
}

function headline({ reference, result }: VerifyAnswer): string {
  const said = { pass: 'Verified', fail: 'Verification failed', error: 'Could not verify' }[result]
  return `${said}: ${line(reference, 200)}`
}
