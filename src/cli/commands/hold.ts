import type { HoldCommand } from '../../promotion/commands.ts'
import { holdMarkdown, holdText, holdTold } from '../../report/index.ts'
import { command } from '../command.ts'
import { argument, given, optional, optionalArgument, required, toggle } from '../flags.ts'
import { usage } from '../usage.ts'

interface Flags {
  readonly key: string
  readonly reason: string | undefined
  readonly until: string | undefined
  readonly release: boolean | undefined
  readonly clear: boolean | undefined
  readonly quarantine: string | undefined
  readonly admit: string | undefined
  readonly all: boolean | undefined
  readonly dryRun: boolean | undefined
}

export default command<Flags, [string, string?]>({
  description:
    'Signs a standing order: nothing is promoted into the environment until somebody releases it. Rollbacks still go. --quarantine bars one digest, --admit lets a barred one in again. Who ordered is who signed.',
  examples: [
    { line: 'hold ordersvc prod --reason "incident 7" --key ops.key', about: 'until it is released' },
    {
      line: 'hold ordersvc prod --reason "incident 7 is over" --release --key ops.key',
      about: 'promotions go again',
    },
    {
      line: 'hold --all prod --reason "year end" --until 2027-01-02 --key ops.key',
      about: 'every application, for a while',
    },
    {
      line: 'hold ordersvc prod --admit 1.4.0 --reason "was the database" --key ops.key',
      about: 'what was rolled away from may come again',
    },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: {
      key: required('key', 'Key of who orders it: a file or env://NAME'),
      reason: optional('text', 'Why; shown to everybody who is stopped'),
      until: optional('time', 'It ends by itself: 24h, a day or a time'),
      release: toggle('End the hold'),
      clear: toggle('Say that nobody holds it, for gates that want to hear it'),
      quarantine: optional('image', 'Bar this digest (or tag) from the environment'),
      admit: optional('image', 'Let this barred digest (or tag) in again'),
      all: toggle('Every application; name the environment alone'),
      dryRun: toggle('Stop before the first write'),
    },
    positional: {
      kind: 'tuple',
      parameters: [
        argument('application', 'Name in waybill.yaml; none with --all'),
        optionalArgument('environment', 'Which environment'),
      ],
    },
  },
  run: async ({ workspace }, flags, first, second) => {
    const place = placeOf(first, second, flags.all)
    const { key, until, dryRun } = flags
    const words = { key, ...place, ...wordOf(flags), ...given({ until, dryRun }) }
    const answer = await workspace((open) => open.hold(words))
    return {
      exit: answer.outcome === 'error' ? 1 : 0,
      value: answer,
      text: (paint) => holdText(answer, paint),
      markdown: () => holdMarkdown(answer),
      told: () => holdTold(answer),
    }
  },
})

function placeOf(first: string, second: string | undefined, all: boolean | undefined) {
  if (all && second === undefined) return { environment: first }
  if (!all && second !== undefined) return { application: first, environment: second }
  const wanted = all
    ? 'With --all name the environment alone'
    : 'The argument <environment> is missing; --all is for every application'
  throw usage(wanted, ['hold'])
}

function wordOf(flags: Flags): Pick<HoldCommand, 'word' | 'reason' | 'image'> {
  const { clear, quarantine, admit, until } = flags
  const asked = (['release', 'clear', 'quarantine', 'admit'] as const).filter((word) => flags[word])
  if (asked.length > 1) throw usage(`--${asked.join(' and --')} cannot be given together`, ['hold'])
  const word = asked[0] ?? 'hold'
  if (until !== undefined && word !== 'hold') throw usage(`--until is of a hold, not of --${word}`, ['hold'])
  const reason = flags.reason ?? (clear ? 'nothing is in the way' : undefined)
  if (reason === undefined) throw usage('--reason is missing, or has no value', ['hold'])
  return { word, reason, ...given({ image: quarantine ?? admit }) }
}
