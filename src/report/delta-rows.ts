import type {
  CommitEntry,
  ImageChange,
  PackageEntry,
  PlanDelta,
  PlatformDelta,
  TagMove,
  VulnerabilityEntry,
} from '../promotion/plan-delta.ts'
import { count, formatBytes, line, shortDigestText } from './words.ts'

/** One line of a list: what came, went, got worse, changed, or just is. Plain text, already printable. */
export interface DeltaRow {
  readonly sign: '+' | '-' | '!' | '~' | ' '
  readonly text: string
}

/** One part of the comparison: its name, its sum in a few words, and the list behind it. */
export interface DeltaSum {
  readonly name: string
  readonly text: string
  readonly rows: readonly DeltaRow[]
}

/** The comparison part by part, in the order people ask. What could not be told says why. */
export function sumsOf(delta: PlanDelta): readonly DeltaSum[] {
  const { commits, packages, vulnerabilities, image, manifests, tags } = delta
  return [
    sum('commits', commits.unknown, commitsText(commits), commits.listed.map(commitRow)),
    sum('packages', packages.unknown, countsText(packages.counts), [
      ...packages.added.map((entry) => packageRow('+', entry)),
      ...packages.removed.map((entry) => packageRow('-', entry)),
      ...packages.changed.map((entry) => packageRow('~', entry)),
    ]),
    sum('vulnerabilities', vulnerabilities.unknown, countsText(vulnerabilities.counts), [
      ...vulnerabilities.notes.map((note): DeltaRow => ({ sign: ' ', text: line(note) })),
      ...vulnerabilities.introduced.map((entry) => vulnerabilityRow('!', entry)),
      ...vulnerabilities.fixed.map((entry) => vulnerabilityRow('-', entry)),
    ]),
    sum('image', image.unknown, imageText(image.platforms), image.platforms.flatMap(imageRows)),
    sum('manifests', manifests.unknown, filesText(manifests.files.length), []),
    sum('tags', undefined, tags.map(moveText).join(', ') || noTagsText(delta), []),
  ]
}

function sum(name: string, unknown: string | undefined, text: string, rows: readonly DeltaRow[]): DeltaSum {
  return unknown === undefined
    ? { name, text, rows }
    : { name, text: `not known: ${line(unknown)}`, rows: [] }
}

function commitsText({ count: number, lost, listed }: PlanDelta['commits']): string {
  const more = number > listed.length && listed.length > 0 ? `, the newest ${listed.length} listed` : ''
  const back = lost > 0 ? `; ${lost} that are there now would be gone` : ''
  return number === 0 && lost === 0 ? 'the same commit' : `${number} new${more}${back}`
}

function commitRow({ commit, on, author, subject }: CommitEntry): DeltaRow {
  return {
    sign: ' ',
    text: `${line(commit.slice(0, 8))} ${line(on.slice(0, 10), 10)} ${line(author, 40)}: ${line(subject, 120)}`,
  }
}

function countsText(counts: Readonly<Record<string, number>>): string {
  const told = Object.entries(counts).filter(([, number]) => number > 0)
  return told.map(([what, number]) => `${number} ${what}`).join(', ') || 'no change'
}

function packageRow(sign: '+' | '-' | '~', { name, before, after }: PackageEntry): DeltaRow {
  const [old, now] = [before, after].map((state) => line(state?.version ?? 'no version', 60))
  const version = sign === '~' && old !== now ? `${old} → ${now}` : sign === '-' ? old : now
  const [was, is] = [before, after].map((state) => line(state?.licences.join(', ') || 'no licence', 120))
  const licence = sign === '~' && was !== is ? `, ${was} → ${is}` : ''
  return { sign, text: `${line(name, 120)} ${version}${licence}` }
}

function vulnerabilityRow(sign: '!' | '-', entry: VulnerabilityEntry): DeltaRow {
  const inside =
    entry.package === undefined ? '' : ` in ${line(entry.package, 80)} ${line(entry.version ?? '', 60)}`
  const fix =
    entry.fixedIn.length > 0
      ? `, fixed in ${entry.fixedIn.map((one) => line(one, 60)).join(' or ')}`
      : ', no fix'
  const what = sign === '-' ? 'fixed' : 'introduced'
  return {
    sign,
    text: `${what}: ${line(entry.id, 60)} ${entry.severity}${inside.trimEnd()}${sign === '-' ? '' : fix}`,
  }
}

function imageText(platforms: readonly PlatformDelta[]): string {
  const told = (['added', 'removed', 'changed'] as const).flatMap((word) => {
    const number = platforms.filter(({ change }) => change === word).length
    return number === 0 ? [] : [`${count(number, 'platform')} ${word}`]
  })
  return told.join(', ') || 'the same bytes'
}

function imageRows({ platform, change, sizeBefore, sizeAfter, changes }: PlatformDelta): readonly DeltaRow[] {
  if (change === 'same') return []
  const sign = ({ added: '+', removed: '-', changed: '~' } as const)[change]
  const sizes = [sizeBefore, sizeAfter].flatMap((size) => (size === undefined ? [] : [formatBytes(size)]))
  const text = `${line(platform, 40)}: ${sizes.join(' → ')}${growth(sizeBefore, sizeAfter)}`
  return [{ sign, text }, ...changes.map((one): DeltaRow => ({ sign: ' ', text: changeText(one) }))]
}

function growth(before: number | undefined, after: number | undefined): string {
  if (before === undefined || after === undefined || before === 0) return ''
  const percent = ((after - before) / before) * 100
  return ` (${percent < 0 ? '' : '+'}${percent.toFixed(1)} %)`
}

function changeText({ what, before, after }: ImageChange): string {
  const value = (text: string | undefined) => (text === undefined ? 'not set' : line(text, 200))
  return `${line(what, 120)}: ${value(before)} → ${value(after)}`
}

function filesText(files: number): string {
  return files === 0 ? 'no file changes' : `${count(files, 'file')} would change`
}

// Which tags an image would get is not asked while a gate says no.
function noTagsText({ missing }: PlanDelta): string {
  return missing.some(({ result }) => result === 'fail') ? 'none, as it is not let in' : 'none move'
}

function moveText({ tag, before }: TagMove): string {
  return before === undefined
    ? `${line(tag, 128)} is new`
    : `${line(tag, 128)} moves from ${shortDigestText(before)}`
}
