import { command } from '../command.ts'
import { argument, given, optional, toggle } from '../flags.ts'
import { usage } from '../usage.ts'
import { promotionAnswer } from './promotion-answer.ts'

interface Flags {
  readonly version: string | undefined
  readonly ref: string | undefined
  readonly to: string | undefined
  readonly reason: string | undefined
  readonly requestedBy: string | undefined
  readonly ticket: string | undefined
  readonly dryRun: boolean | undefined
}

export default command<Flags, [string]>({
  description:
    'Promotes the newest release candidate of a version into the environment whose tags carry plain versions. The digest stays the one that was tested. Floating tags (1.4, 1, stable) only move forward.',
  examples: [
    { line: 'release ordersvc --version 1.4.0', about: '1.4.0-rc.2 becomes 1.4.0, 1.4, 1 and stable' },
    { line: 'release ordersvc --ref ci', about: 'in the job of the tag v1.4.0' },
    { line: 'release ordersvc --version 1.4.0 --dry-run', about: 'see what would happen' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: {
      version: optional('version', 'The version to release, e.g. 1.4.0'),
      ref: optional('ref', 'Branch or tag that says the version, such as v1.4.0, or ci for that of the job'),
      to: optional('environment', 'Where to (default: the one with plain version tags)'),
      reason: optional('text', 'Why; kept in the record'),
      requestedBy: optional('who', 'Who asked; kept in the record'),
      ticket: optional('id', 'The change ticket, for gates that ask about it'),
      dryRun: toggle('Stop before the first write'),
    },
    positional: { kind: 'tuple', parameters: [argument('application', 'Name in waybill.yaml')] },
  },
  run: async ({ workspace }, flags, application) => {
    const { version, ref, to, reason, requestedBy, ticket, dryRun } = flags
    if ((version ?? ref) === undefined) throw usage('Say what to release: --version or --ref', ['release'])
    const words = given({ version, ref, to, reason, requestedBy, ticket, dryRun })
    return promotionAnswer(await workspace((open) => open.release({ application, ...words })), dryRun)
  },
})
