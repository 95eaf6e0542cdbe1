/** Decides what of a context stays out of the image. Paths are relative, with `/`. */
export interface Ignore {
  excludes(path: string): boolean
  /** May something below this excluded directory come back in? */
  mayHold(directory: string): boolean
}

interface Rule {
  readonly pattern: RegExp
  readonly keeps: boolean
  /** The pattern up to its first wildcard. */
  readonly literal: string
}

/**
 * Patterns as in .dockerignore: `*` and `?` stop at `/`, `**` does not, a leading `!` takes back, `#` is a comment.
 * A pattern that matches a directory covers all below it. The last pattern that matches decides.
 */
export function compileIgnore(patterns: readonly string[]): Ignore {
  const rules = patterns.flatMap(readRule)
  const excludes = (path: string) => {
    const paths = withParents(path)
    return rules.findLast((rule) => paths.some((one) => rule.pattern.test(one)))?.keeps === false
  }
  const mayHold = (directory: string) => {
    const below = `${directory}/`
    return rules.some(
      ({ keeps, literal }) => keeps && (literal.startsWith(below) || below.startsWith(literal)),
    )
  }
  return { excludes, mayHold }
}

function readRule(line: string): Rule[] {
  const text = line.trim()
  if (text === '' || text.startsWith('#')) return []
  const keeps = text.startsWith('!')
  const glob = text
    .slice(keeps ? 1 : 0)
    .replace(/^(\.?\/)+/, '')
    .replace(/\/+$/, '')
  if (glob === '' || glob === '.') return []
  return [{ pattern: toPattern(glob), keeps, literal: /^[^*?]*/.exec(glob)?.[0] ?? '' }]
}

const GLOB = /\*\*\/|\*\*|\*|\?|[^*?]+/g

function toPattern(glob: string): RegExp {
  const parts = glob.replace(/(\*\*\/)+/g, '**/').matchAll(GLOB)
  const source = parts.map(([part]) => {
    if (part === '**/') return '(?:.*/)?'
    if (part === '**') return '.*'
    if (part === '*') return '[^/]*'
    return part === '?' ? '[^/]' : RegExp.escape(part)
  })
  return new RegExp(`^${[...source].join('')}$`, 'su')
}

function withParents(path: string): string[] {
  const steps = path.split('/')
  return steps.map((_, index) => steps.slice(0, index + 1).join('/'))
}
