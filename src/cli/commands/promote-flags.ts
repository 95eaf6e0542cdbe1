import type { PromoteCommand } from '../../promotion/commands.ts'
import { given, optional, required } from '../flags.ts'

/** What `plan` and `promote` share: a plan takes the very words of the promotion it shows. */
export interface PromoteFlags {
  readonly to: string
  readonly image: string | undefined
  readonly from: string | undefined
  readonly version: string | undefined
  readonly reason: string | undefined
  readonly requestedBy: string | undefined
}

export const promoteFlags = {
  to: required('environment', 'Where the digest goes'),
  image: optional('image', 'Which image: a reference, tag or digest (default: what is upstream now)'),
  from: optional('environment', 'Upstream environment, when there are several'),
  version: optional('version', 'Version for the tags, e.g. 1.4.0 (default: what the image says)'),
  reason: optional('text', 'Why; kept in the record'),
  requestedBy: optional('who', 'Who asked; kept in the record'),
}

export function promoteCommand(application: string, flags: PromoteFlags): PromoteCommand {
  const { to, image, from, version, reason, requestedBy } = flags
  return { application, to, ...given({ image, from, version, reason, requestedBy }) }
}
