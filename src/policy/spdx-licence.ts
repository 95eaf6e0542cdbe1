/** One licence as an expression names it: a family and version where it has one, and what it is let be. */
export interface Licence {
  /** Without version, `-only` and `-or-later`: `GPL`; the whole id where it ends in no version. */
  readonly family: string
  readonly version: readonly number[] | undefined
  /** This version or any later one. */
  readonly orLater: boolean
  readonly exception: string | undefined
}

/** An SPDX licence expression (spdx-spec annex D). */
export type Expression =
  | { readonly licence: Licence }
  | { readonly all: readonly [Expression, Expression] }
  | { readonly any: readonly [Expression, Expression] }

type Parsed = ReturnType<typeof import('spdx-expression-parse').default>

// The parser looks at the rest of the text for every word.
const MAX_LENGTH = 2_000

/** Reads SPDX expressions, each text once. The lists of licences are loaded where somebody asks for licences. */
export async function licenceParser(): Promise<(text: string) => Expression | undefined> {
  const { default: parse } = await import('spdx-expression-parse')
  const known = new Map<string, Expression | undefined>()
  return (text) => {
    if (!known.has(text))
      known.set(
        text,
        orUndefined(() => expressionOf(parse(text)), text),
      )
    return known.get(text)
  }
}

// It throws plain errors, and a TypeError on some cut-off texts.
function orUndefined<T>(read: () => T, text: string): T | undefined {
  if (text.length > MAX_LENGTH) return undefined
  try {
    return read()
  } catch {
    return undefined
  }
}

function expressionOf(parsed: Parsed): Expression {
  if ('license' in parsed)
    return { licence: licenceOf(parsed.license, parsed.plus ?? false, parsed.exception) }
  const sides = [expressionOf(parsed.left), expressionOf(parsed.right)] as const
  return parsed.conjunction === 'and' ? { all: sides } : { any: sides }
}

// Ids of before the word WITH; still on the list, and still written.
const FORMER: Readonly<Record<string, readonly [id: string, exception: string]>> = {
  'GPL-2.0-with-autoconf-exception': ['GPL-2.0-only', 'Autoconf-exception-2.0'],
  'GPL-2.0-with-bison-exception': ['GPL-2.0-only', 'Bison-exception-2.2'],
  'GPL-2.0-with-classpath-exception': ['GPL-2.0-only', 'Classpath-exception-2.0'],
  'GPL-2.0-with-font-exception': ['GPL-2.0-only', 'Font-exception-2.0'],
  'GPL-2.0-with-GCC-exception': ['GPL-2.0-only', 'GCC-exception-2.0'],
  'GPL-3.0-with-autoconf-exception': ['GPL-3.0-only', 'Autoconf-exception-3.0'],
  'GPL-3.0-with-GCC-exception': ['GPL-3.0-only', 'GCC-exception-3.1'],
}

function licenceOf(written: string, plus: boolean, added: string | undefined): Licence {
  const [id, exception = added] = FORMER[written] ?? [written]
  const [, family, version, suffix] = /^(.+?)-(\d+(?:\.\d+)*)(-only|-or-later)?$/.exec(id) ?? []
  return {
    family: family ?? id,
    version: version?.split('.').map(Number),
    orLater: plus || suffix === '-or-later',
    exception,
  }
}

/** A licence that only the document itself knows. */
export function isCustom({ family }: Licence): boolean {
  return /^(?:DocumentRef-|LicenseRef-)/.test(family)
}

/** The rule speaks of this very version: itself, or as one of "or later". */
export function includes(rule: Licence, family: string, version: Licence['version']): boolean {
  if (rule.family !== family) return false
  const order = compareVersions(version, rule.version)
  return rule.orLater ? order >= 0 : order === 0
}

export function compareVersions(a: Licence['version'], b: Licence['version']): number {
  if (!a || !b) return a === b ? 0 : Number.NaN
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
