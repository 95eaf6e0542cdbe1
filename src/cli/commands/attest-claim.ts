import type { AttestCommand, AttestReportsCommand } from '../../promotion/commands.ts'
import { given } from '../flags.ts'
import { usage } from '../usage.ts'

export interface AttestFlags {
  readonly report: readonly string[] | undefined
  readonly junit: readonly string[] | undefined
  readonly format: string | undefined
  readonly suite: string | undefined
  readonly toolVersion: string | undefined
  readonly databaseDate: string | undefined
  readonly platform: string | undefined
  readonly sonar: string | undefined
  readonly sonarUrl: string | undefined
  readonly sonarToken: string | undefined
  readonly predicate: string | undefined
  readonly type: string | undefined
  readonly signature: boolean | undefined
  readonly environment: string | undefined
  readonly key: string | undefined
  readonly dryRun: boolean | undefined
}

/** What is to be attested, and the flags that say more about it. */
const KINDS = {
  report: ['format', 'suite', 'toolVersion', 'databaseDate', 'platform'],
  junit: ['suite', 'toolVersion', 'platform'],
  sonar: ['sonarUrl', 'sonarToken', 'platform'],
  predicate: ['type'],
  signature: [],
} as const satisfies Readonly<Record<string, readonly (keyof AttestFlags)[]>>

type Kind = keyof typeof KINDS
type Asked = Pick<AttestCommand, 'claim'> | Pick<AttestReportsCommand, 'reports'>

/** Flags → what is to be attested. @throws USAGE */
export function askedOf(flags: AttestFlags): Asked {
  const kind = kindOf(flags)
  const { report = [], junit = [], suite, sonar = '', predicate = '', type } = flags
  if (kind === 'report') return { reports: filesOf(report, flags) }
  if (kind === 'junit') {
    if (suite === undefined) throw refused('--junit needs --suite, the name of the test suite')
    return { reports: filesOf(junit, { ...flags, format: 'junit' }) }
  }
  if (kind === 'sonar') return { reports: sonarOf(sonar, flags) }
  if (kind === 'signature') return { claim: { kind } }
  if (type === undefined) throw refused('--predicate needs --type')
  return { claim: { kind, type, file: predicate } }
}

/** Exactly one kind, and no flag that would change nothing. */
function kindOf(flags: AttestFlags): Kind {
  const [kind, ...others] = (Object.keys(KINDS) as Kind[]).filter((one) => flags[one] !== undefined)
  if (!kind || others.length > 0)
    throw refused('Give exactly one of --report, --junit, --sonar, --predicate and --signature')
  const own: readonly string[] = KINDS[kind]
  const idle = Object.values(KINDS)
    .flat()
    .find((name) => flags[name] !== undefined && !own.includes(name))
  if (idle === undefined) return kind
  const name = idle.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  throw refused(`--${name} does not go with --${kind}`)
}

function filesOf(files: readonly string[], flags: AttestFlags) {
  const { format, suite, toolVersion, databaseDate: databaseOn } = flags
  if (databaseOn !== undefined && !isTime(databaseOn))
    throw refused('--database-date is no time such as 2026-03-01T06:00:00Z')
  return { kind: 'files' as const, files, ...given({ format, suite, toolVersion, databaseOn }) }
}

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text))
}

function sonarOf(file: string, { sonarUrl, sonarToken }: AttestFlags) {
  if (sonarUrl === undefined) throw refused('--sonar needs --sonar-url, the address of the server')
  return { kind: 'sonar' as const, file, url: sonarUrl, ...given({ token: sonarToken }) }
}

function refused(message: string) {
  return usage(message, ['attest'])
}
