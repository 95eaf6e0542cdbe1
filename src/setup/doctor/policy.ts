import type { Environment } from '../../config/index.ts'
import type { Finding } from '../doctor-answer.ts'
import type { Patient } from './patient.ts'

const SOON = 30 * 24 * 60 * 60 * 1000

interface Rule {
  readonly isBroken: (environment: Environment) => boolean
  readonly found: string
  readonly fix: string
}

/** What the file may say, and hardly anybody means. */
const RULES: readonly Rule[] = [
  {
    isBroken: ({ accepts, gates }) => accepts === 'build' && !gates.some(({ kind }) => kind === 'provenance'),
    found: 'Takes builds without asking where they come from: a pull request can get in.',
    fix: 'Add the gate provenance: { branches: [main] }.',
  },
  {
    isBroken: ({ accepts, gates }) => accepts === 'environment' && gates.length === 0,
    found: 'Has no gates: whatever was upstream comes in.',
    fix: 'Add at least passed: { environment: … }.',
  },
  {
    isBroken: ({ gates }) =>
      gates.some((gate) => gate.kind === 'vulnerabilities' && gate.maxDatabaseAge === undefined),
    found: 'Does not ask how old the database of the scanner may be: an old one finds nothing new.',
    fix: 'Add maxDatabaseAge to the gate vulnerabilities, such as 3d.',
  },
]

/** What is allowed and yet a hole or a dead end, by reading alone. */
export function examinePolicy({ config, clock }: Patient): Promise<readonly Finding[]> {
  const broken = [...config.environments.values()].flatMap((environment) =>
    RULES.filter(({ isBroken }) => isBroken(environment)).map(({ found, fix }) =>
      warning(environment.name, found, fix),
    ),
  )
  const flaws = [...broken, ...trustFlaws(config, clock.now())]
  const found = 'No flaw was found by reading.'
  return Promise.resolve(
    flaws.length > 0 ? flaws : [{ group: 'policy', what: 'gates and trust', result: 'ok', found }],
  )
}

function trustFlaws({ trust }: Patient['config'], now: Date): readonly Finding[] {
  const isSoon = (time: Date | undefined) =>
    time !== undefined && time > now && time.getTime() - now.getTime() < SOON
  const { expires } = trust
  return [
    ...(expires && expires <= now
      ? [
          {
            ...warning(
              'trust policy',
              `Expired on ${day(expires)}.`,
              'Look at it again, then move its expires.',
            ),
            result: 'problem' as const,
          },
        ]
      : []),
    ...(isSoon(expires)
      ? [warning('trust policy', `Expires on ${day(expires)}.`, 'Look at it again, then move its expires.')]
      : []),
    ...trust.signers.flatMap(({ id, validFor }) => {
      if (isSoon(validFor.end))
        return [
          warning(
            id,
            `Its signatures count until ${day(validFor.end)} only.`,
            'Add its successor to the trust policy now.',
          ),
        ]
      return validFor.end && validFor.end <= now && trust.signers.length === 1
        ? [warning(id, 'The only signer is no longer valid.', 'Add its successor to the trust policy.')]
        : []
    }),
  ]
}

function warning(what: string, found: string, fix: string): Finding {
  return { group: 'policy', what, result: 'warning', found, fix }
}

function day(time: Date | undefined): string {
  return time?.toISOString().slice(0, 10) ?? ''
}
