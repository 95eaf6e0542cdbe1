import type { Word } from './flow.ts'

/** How one CI system's scripts are written. */
export interface Dialect {
  /** Variable that names a folder of the job, outside the checkout. */
  readonly temp: string
}

/** A value that a script gets by way of a variable: an input of the flow, or `job.output`. */
export interface Handed {
  readonly name: string
  readonly variable: string
}

/** What these words need handed over. Text of people and of other jobs is never part of a script. */
export function handedTo(words: readonly Word[]): readonly Handed[] {
  const names = words.flatMap((word) => (typeof word === 'string' ? (nameIn(word) ?? []) : [word.given]))
  return [...new Set(names)].map((name) => ({ name, variable: variableFor(name) }))
}

/** `pull-request` → `PULL_REQUEST`; `build-ordersvc.digest` → `DIGEST`. */
function variableFor(name: string): string {
  return name
    .slice(name.indexOf('.') + 1)
    .replaceAll('-', '_')
    .toUpperCase()
}

function nameIn(word: string): string | undefined {
  return /^\{([a-z][\w.-]*)\}$/.exec(word)?.[1]
}

/**
 * `waybill …` as lines of sh.
 * @param into file that its answer goes to
 */
export function waybillLines(words: readonly Word[], dialect: Dialect, into?: string): readonly string[] {
  const choice = words.find((word) => typeof word !== 'string' && word.otherwise)
  if (choice === undefined || typeof choice === 'string') return commandLines(words, dialect, into)
  const having = words.flatMap((word) => (word === choice ? choice.words : word))
  const lacking = words.flatMap((word) => (word === choice ? (choice.otherwise ?? []) : word))
  return [
    `if [ -n "$${variableFor(choice.given)}" ]; then`,
    ...commandLines(having, dialect, into).map((line) => `  ${line}`),
    'else',
    ...commandLines(lacking, dialect, into).map((line) => `  ${line}`),
    'fi',
  ]
}

const WIDTH = 88

function commandLines(words: readonly Word[], dialect: Dialect, into: string | undefined): readonly string[] {
  const file = into === undefined ? undefined : shellWord(into, dialect)
  const folder = into === undefined ? undefined : shellWord(into.slice(0, into.lastIndexOf('/')), dialect)
  const lines: string[] = []
  let line = 'waybill'
  for (const piece of [...piecesOf(words, dialect), ...(file ? [`> ${file}`] : [])]) {
    if (`${line} ${piece} \\`.length <= WIDTH) line += ` ${piece}`
    else {
      lines.push(`${line} \\`)
      line = `  ${piece}`
    }
  }
  return [...(folder ? [`mkdir -p ${folder}`] : []), ...lines, line]
}

/** A flag and its value stay on one line. */
function piecesOf(words: readonly Word[], dialect: Dialect): readonly string[] {
  const pieces: string[] = []
  for (const word of words) {
    if (typeof word !== 'string') pieces.push(optionalPiece(word, dialect))
    else if (isBareFlag(pieces.at(-1)) && !word.startsWith('-'))
      pieces[pieces.length - 1] += ` ${shellWord(word, dialect)}`
    else pieces.push(shellWord(word, dialect))
  }
  return pieces
}

function optionalPiece({ given, words }: Exclude<Word, string>, dialect: Dialect): string {
  return `\${${variableFor(given)}:+${words.map((word) => shellWord(word, dialect)).join(' ')}}`
}

function isBareFlag(piece: string | undefined): boolean {
  return piece !== undefined && /^--?[\w-]+$/.test(piece)
}

/** Folders of the job and what is handed over are variables, anything else is this text and nothing more. */
function shellWord(word: string, { temp }: Dialect): string {
  if (word.startsWith('{temp}')) return `"$${temp}${word.slice('{temp}'.length)}"`
  const name = nameIn(word)
  return name === undefined ? quoted(word) : `"$${variableFor(name)}"`
}

/** A word of sh that stands for just this text. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
