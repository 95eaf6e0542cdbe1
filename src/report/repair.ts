import type { RepairAnswer } from '../promotion/commands.ts'
import { columns } from './layout.ts'
import type { Paint } from './paint.ts'
import { count, line } from './words.ts'

const WIDTH = 80
const SHOWN = 5

/** `waybill repair` as text. */
export function repairText({ images }: RepairAnswer, paint: Paint): string {
  if (images.length === 0) return 'Nothing has been promoted there yet: there is nothing to look at.\n'
  return `${images.map((image) => imageText(image, paint)).join('\n\n')}\n`
}

function imageText(image: RepairAnswer['images'][number], paint: Paint): string {
  const words = { whole: paint.good('Whole'), repaired: paint.good('Repaired'), broken: paint.bad('Broken') }
  const place = `${line(image.location)}${image.environment ? ` (${line(image.environment, 60)})` : ''}`
  const rows: (readonly [string, string])[] = [[`  ${paint.dim('in')}`, place]]
  if (image.found.length > 0)
    rows.push([`  ${paint.dim('found')}`, `${count(image.found.length, 'part')} missing`])
  for (const { location, moved, failure } of image.sources) {
    if (moved > 0) rows.push([`  ${paint.dim('from')}`, `${line(location)}: ${count(moved, 'part')}`])
    if (failure) rows.push([`  ${paint.dim('no help')}`, line(failure)])
  }
  for (const digest of image.left.slice(0, SHOWN)) rows.push([`  ${paint.bad('missing')}`, digest])
  const more = image.left.length - SHOWN
  if (more > 0) rows.push(['', `and ${more} more`])
  return [paint.bold(words[image.outcome]), `  ${image.digest}`, ...columns(rows, WIDTH)].join('\n')
}
