/** One authentication challenge (RFC 9110 §11.6.1). Names are lower case. */
export interface Challenge {
  readonly scheme: string
  readonly parameters: Readonly<Record<string, string>>
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const PARAMETER = new RegExp(`^(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))`)
const SCHEME = new RegExp(`^(${TOKEN})(?=\\s|,|$)`)
const MAX_LENGTH = 8192

/**
 * All challenges of one or several WWW-Authenticate headers, in order. What cannot be read ends the list:
 * a half-understood challenge must not decide where credentials go.
 */
export function parseChallenges(headers: string | readonly string[] | undefined): readonly Challenge[] {
  const lines = typeof headers === 'string' ? [headers] : (headers ?? [])
  return lines.filter((line) => line.length <= MAX_LENGTH).flatMap(parseLine)
}

function parseLine(line: string): readonly Challenge[] {
  const found: { scheme: string; parameters: Record<string, string> }[] = []
  let rest = line.trim()
  while (rest !== '') {
    const parameter = found.length > 0 ? PARAMETER.exec(rest) : null
    const scheme = parameter ? null : SCHEME.exec(rest)
    if (parameter) addParameter(found.at(-1)?.parameters ?? {}, parameter)
    else if (scheme?.[1]) found.push({ scheme: scheme[1].toLowerCase(), parameters: {} })
    else return found
    rest = rest.slice((parameter ?? scheme)?.[0].length).replace(/^[\s,]+/, '')
  }
  return found
}

function addParameter(parameters: Record<string, string>, match: RegExpExecArray): void {
  const name = (match[1] ?? '').toLowerCase()
  parameters[name] ??= match[3] ?? (match[2] ?? '').replace(/\\(.)/g, '$1')
}
