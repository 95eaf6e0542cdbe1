/** A command that an agent would carry out. */
export interface AgentCommand {
  readonly name: string
  readonly properties: Readonly<Record<string, string>>
  readonly data: string
}

/** How an agent reads a log: what it takes for commands. Where it is lenient these are more so. */
export type Agent = (log: string) => readonly AgentCommand[]

/**
 * GitHub's runner: `::name key=value,…::data` after blanks, else `##[name key=value;…]data` anywhere
 * (actions/runner src/Runner.Common/ActionCommand.cs). Any name counts here, not only those it knows.
 */
export const githubAgent: Agent = (log) =>
  linesOf(log).flatMap((line) => {
    const text = line.replace(/^[\s\u0085]+/u, '')
    const end = text.startsWith('::') ? text.indexOf('::', 2) : -1
    if (end >= 0) {
      const [name, properties] = headOf(text.slice(2, end), ',', (value) =>
        unescape(value, { '%0D': '\r', '%0A': '\n', '%3A': ':', '%2C': ',', '%25': '%' }),
      )
      const data = unescape(text.slice(end + 2), { '%0D': '\r', '%0A': '\n', '%25': '%' })
      return [{ name, properties, data }]
    }
    return bracketed(line, '##[', (value) =>
      unescape(value, { '%3B': ';', '%0D': '\r', '%0A': '\n', '%5D': ']', '%25': '%' }),
    )
  })

/**
 * Azure's agent: `##vso[area.event key=value;…]data` anywhere (azure-pipelines-agent Command.cs), here in any case, and
 * `##[…]`, which the page of the log reads.
 */
export const azureAgent: Agent = (log) =>
  linesOf(log).flatMap((line) => {
    const decode = (value: string) =>
      unescape(value, { '%3B': ';', '%0D': '\r', '%0A': '\n', '%5D': ']', '%AZP25': '%' })
    const commands = bracketed(line, '##vso[', decode)
    return commands.length > 0 ? commands : bracketed(line, '##[', (value) => value)
  })

/** GitLab: section marks anywhere (lib/gitlab/regex.rb), and every escape sequence (ansi2json/converter.rb). */
export const gitlabAgent: Agent = (log) => {
  // eslint-disable-next-line no-control-regex
  const marks = /section_(start|end):(\d+):([\w.-]+)(?:\[[^\]]*\])?\r\u001b\[0K|\u001b|\r(?!\n)/g
  return [...log.matchAll(marks)].flatMap(([found, word, , name = '']) => {
    if (word !== undefined) return [{ name: word, properties: {}, data: name }]
    return found === '\u001b'
      ? [{ name: 'escape', properties: {}, data: '' }]
      : [{ name: 'return', properties: {}, data: '' }]
  })
}

/** What is set in the file that $GITHUB_OUTPUT names (actions/runner FileCommandManager.cs). @throws what it would refuse */
export function githubFile(text: string): Readonly<Record<string, string>> {
  const values: Record<string, string> = {}
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    if (line === '') continue
    const [, name = '', end = ''] = /^([^=]+?)<<(.+)$/.exec(line) ?? []
    const last = lines.indexOf(end, at + 1)
    if (name === '' || last < 0) throw new Error(`not an entry: ${line}`)
    values[name] = lines.slice(at + 1, last).join('\n')
    at = last
  }
  return values
}

/** A dotenv report as GitLab reads it (parse_dotenv_artifact_service.rb). @throws what it would refuse */
export function gitlabDotenv(text: string): Readonly<Record<string, string>> {
  const lines = text.split('\n').slice(0, -1)
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/.exec(line) ?? []
      if (name === undefined || value === undefined || value.includes('$'))
        throw new Error(`not a variable: ${line}`)
      return [name, value.trim()]
    }),
  )
}

function linesOf(log: string): readonly string[] {
  return log.split(/\r\n|\r|\n/)
}

function bracketed(line: string, prefix: string, decode: (value: string) => string): readonly AgentCommand[] {
  const begin = line.toLowerCase().indexOf(prefix)
  const end = begin < 0 ? -1 : line.indexOf(']', begin)
  if (end < 0) return []
  const [name, properties] = headOf(line.slice(begin + prefix.length, end), ';', decode)
  return [{ name, properties, data: decode(line.slice(end + 1)) }]
}

function headOf(head: string, separator: string, decode: (value: string) => string) {
  const space = head.indexOf(' ')
  const name = space < 0 ? head : head.slice(0, space)
  const parts =
    space < 0
      ? []
      : head
          .slice(space + 1)
          .trim()
          .split(separator)
  const properties = parts.flatMap((part) => {
    const equals = part.indexOf('=')
    return equals > 0 && equals < part.length - 1
      ? [[part.slice(0, equals), decode(part.slice(equals + 1))]]
      : []
  })
  return [name, Object.fromEntries(properties) as Record<string, string>] as const
}

/** In this order, as the agents do. */
function unescape(text: string, table: Readonly<Record<string, string>>): string {
  return Object.entries(table).reduce((rest, [from, to]) => rest.replaceAll(from, to), text)
}
