import type { PromoteCommand } from '../../promotion/commands.ts'
import type { NamedRef } from '../../wiring/workspace.ts'
import { given, optional, optionalArgument, toggle } from '../flags.ts'
import { usage } from '../usage.ts'

/** What `plan` and `promote` share: a plan takes the very words of the promotion it shows. */
export interface PromoteFlags {
  readonly to: string | undefined
  readonly set: string | undefined
  readonly image: string | undefined
  readonly from: string | undefined
  readonly version: string | undefined
  readonly ref: string | undefined
  readonly reason: string | undefined
  readonly requestedBy: string | undefined
  readonly breakGlass: boolean | undefined
  readonly ticket: string | undefined
}

export const promoteFlags = {
  to: optional('environment', 'Where the digest goes'),
  set: optional('file', 'Many at once: a train file such as train.yaml, in place of one application'),
  image: optional('image', 'Which image: a reference, tag or digest (default: what is upstream now)'),
  from: optional('environment', 'Upstream environment, when there are several'),
  version: optional('version', 'Version for the tags, e.g. 1.4.0 (default: what the image says)'),
  ref: optional('ref', 'Branch or tag that says which version and commit, or ci for that of the job'),
  reason: optional('text', 'Why; kept in the record'),
  requestedBy: optional('who', 'Who asked; kept in the record'),
  breakGlass: toggle('Force it in, if people have signed that it may be (waybill break-glass)'),
  ticket: optional('id', 'The change ticket, for gates that ask about it'),
}

export const promotePositional = {
  kind: 'tuple',
  parameters: [optionalArgument('application', 'Name in waybill.yaml; none with --set')],
} as const

/** The words of one promotion. @throws USAGE when the application or `--to` is missing */
export function promoteCommand(
  application: string | undefined,
  flags: PromoteFlags,
  command: string,
): PromoteCommand & NamedRef {
  const { to, image, from, version, ref, reason, requestedBy, ticket, breakGlass } = flags
  if (application === undefined) throw usage('The argument <application> is missing', [command])
  if (to === undefined) throw usage('--to is missing, or has no value', [command])
  return { application, to, ...given({ image, from, version, ref, reason, requestedBy, ticket, breakGlass }) }
}
