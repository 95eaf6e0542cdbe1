import type { CleanAnswer, CleanedImage } from '../retention/clean-answer.ts'
import { columns, title } from './layout.ts'
import { md, mdPage, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { count, line, shortDigestText } from './words.ts'

const WIDTH = 80

/** `waybill ci clean` as text. */
export function cleanText(answer: CleanAnswer, paint: Paint): string {
  const rows = answer.images.map((image) => [`  ${paint.dim(wordFor(image))}`, ...cells(image)])
  const heading = title(headline(answer), (text) => paint.bold(paint.good(text)))
  return `${[...heading, `  ${line(answer.repository)}`, ...columns(rows, WIDTH)].join('\n')}\n`
}

export function cleanMarkdown(answer: CleanAnswer): string {
  const rows = answer.images.map((image) => [wordFor(image), ...cells(image)].map(md))
  const table = rows.length > 0 ? mdTable(['', 'image', 'pull request', 'what'], rows) : ''
  return mdPage([`### ${md(headline(answer))}`, md(line(answer.repository)), table].filter(Boolean))
}

function headline({ outcome, application, images }: CleanAnswer): string {
  const name = line(application, 60)
  const gone = images.filter((image) => image.outcome !== 'kept').length
  if (outcome === 'planned') return `Plan: would delete ${count(gone, 'build')} of pull requests of ${name}`
  return outcome === 'cleaned'
    ? `Cleaned ${name}: ${count(gone, 'build')} deleted`
    : `Nothing to clean for ${name}`
}

function wordFor({ outcome }: CleanedImage): string {
  return outcome === 'planned' ? 'would go' : outcome
}

function cells({ digest, pullRequest, tags, manifests, reason }: CleanedImage): readonly string[] {
  const names = tags.map((tag) => line(tag, 128)).join(', ')
  const what = [
    reason && `stays: ${line(reason, 200)}`,
    names && `tags ${names}`,
    manifests > 0 && count(manifests, 'manifest'),
  ]
  return [
    shortDigestText(digest),
    pullRequest ? `#${line(pullRequest, 20)}` : '',
    what.filter(Boolean).join('; '),
  ]
}
