import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { WaiversAnswer } from '../../promotion/commands.ts'
import { waiversMarkdown, waiversText, waiversVex } from '../../report/index.ts'
import { command } from '../command.ts'
import type { Answer, Invocation } from '../command.ts'
import { argument, given, optional, repeated, toggle } from '../flags.ts'
import { usage } from '../usage.ts'
import { factAnswer } from './fact-answer.ts'

interface Flags {
  readonly gate: string | undefined
  readonly finding: readonly string[] | undefined
  readonly package: readonly string[] | undefined
  readonly reason: string | undefined
  readonly for: string | undefined
  readonly ticket: string | undefined
  readonly image: string | undefined
  readonly everyImage: boolean | undefined
  readonly evenOnError: boolean | undefined
  readonly key: string | undefined
  readonly list: boolean | undefined
  readonly revoke: string | undefined
  readonly exportVex: string | undefined
  readonly dryRun: boolean | undefined
}

interface Place {
  readonly application: string
  readonly environment: string
}

export default command<Flags, [string, string]>({
  description:
    'Signs a time-boxed, reasoned exception to single findings of a gate, or to the whole gate, for one image or for every image. The verdict says WAIVED, never PASS. --list shows what is waived; --revoke ends one.',
  examples: [
    {
      line: 'waive ordersvc prod --gate vulnerabilities --finding CVE-2026-1234 --reason "not reachable" --for 30d --key sec.key',
      about: 'one finding, on the candidate',
    },
    {
      line: 'waive ordersvc prod --gate tests --every-image --reason "suite is broken" --for 2d --key sec.key',
      about: 'a whole gate, whatever the digest',
    },
    { line: 'waive ordersvc prod --list', about: 'what is waived, by whom, until when' },
    { line: 'waive ordersvc prod --revoke 3f2a91c7 --reason "fixed" --key sec.key', about: 'end one now' },
    { line: 'waive ordersvc prod --export-vex waivers.openvex.json', about: 'accepted risks, for others' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: {
      gate: optional('gate', 'Gate kind, e.g. vulnerabilities'),
      finding: repeated('id', 'CVE or rule id (default: the whole gate)'),
      package: repeated('package', 'Only in this package: purl or name'),
      reason: optional('text', 'Why'),
      for: optional('time', 'How long it counts: 30d or a time'),
      ticket: optional('id', 'The change ticket'),
      image: optional('image', 'Tag or digest (default: the candidate from upstream)'),
      everyImage: toggle('For every digest, instead of one'),
      evenOnError: toggle('Of a whole gate: also when it could not tell'),
      key: optional('key', 'Key of who waives: a file or env://NAME'),
      list: toggle('Show waivers, ended ones too'),
      revoke: optional('payload', 'End this waiver: its digest, or the first 8 digits or more'),
      exportVex: optional('file', 'Write active vulnerability waivers as OpenVEX'),
      dryRun: toggle('Stop before the first write'),
    },
    positional: {
      kind: 'tuple',
      parameters: [
        argument('application', 'Name in waybill.yaml'),
        argument('environment', 'Where the gate is'),
      ],
    },
  },
  run: async (invocation, flags, application, environment) => {
    const place = { application, environment }
    const asked = (['list', 'revoke', 'exportVex', 'gate'] as const).filter((name) => flags[name])
    const [what] = asked
    if (what === undefined || asked.length > 1)
      throw usage('Give one of --gate, --list, --revoke and --export-vex', ['waive'])
    if (what === 'list' || what === 'exportVex') return listAnswer(invocation, flags, place)
    const key = needed('key', flags.key)
    const { image, dryRun } = flags
    const common = { ...place, key, ...given({ image, dryRun }) }
    const reason = needed('reason', flags.reason)
    if (flags.revoke !== undefined) {
      const waiver = flags.revoke
      return factAnswer(await invocation.workspace((open) => open.revoke({ ...common, reason, waiver })))
    }
    const words = { ...common, reason, ...scopeOf(flags) }
    return factAnswer(await invocation.workspace((open) => open.waive(words)))
  },
})

function scopeOf(flags: Flags) {
  const { finding: findings, package: packages, ticket, everyImage, evenOnError, image } = flags
  if (everyImage && image !== undefined)
    throw usage('--every-image and --image cannot be given together', ['waive'])
  if (evenOnError && findings) throw usage('--even-on-error is of a whole gate, not of a finding', ['waive'])
  const more = given({ findings, packages, ticket, everyImage, evenOnError })
  return { gate: needed('gate', flags.gate), validFor: needed('for', flags.for), ...more }
}

function needed(flag: string, value: string | undefined): string {
  if (value !== undefined) return value
  throw usage(`--${flag} is missing, or has no value`, ['waive'])
}

async function listAnswer(
  invocation: Invocation,
  { image, exportVex }: Flags,
  place: Place,
): Promise<Answer> {
  const answer = await invocation.workspace((open) => open.waivers({ ...place, ...given({ image }) }))
  const file = exportVex === undefined ? undefined : await exported(answer, exportVex, invocation)
  return {
    exit: 0,
    value: answer,
    text: (paint) => `${waiversText(answer, paint)}${file ?? ''}`,
    markdown: () => waiversMarkdown(answer),
  }
}

async function exported(answer: WaiversAnswer, file: string, { cwd, clock }: Invocation): Promise<string> {
  const vex = waiversVex(answer, clock.now())
  if (!vex) return `no waiver of vulnerabilities is in force; ${file} was not written\n`
  await writeFile(resolve(cwd, file), `${JSON.stringify(vex, undefined, 2)}\n`)
  return `wrote ${file}\n`
}
