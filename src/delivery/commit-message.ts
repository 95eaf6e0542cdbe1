import { printable, printableLine } from '../base/index.ts'
import { shortDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import type { DeliverOrder } from './order.ts'

/** Subject, reason and trailers (DESIGN §2) of the one commit of a promotion. */
export function commitMessage(order: DeliverOrder, previous: Digest | undefined): string {
  const reason = order.message ? `${printable(order.message).trim()}\n\n` : ''
  return `${subject(order)}\n\n${reason}${trailers(order, previous).join('\n')}\n`
}

function subject(order: DeliverOrder): string {
  const image = order.tag ? `${order.tag} (${shortDigest(order.digest)})` : shortDigest(order.digest)
  const what = { promote: 'Promote', rollback: 'Roll back', 'break-glass': 'Break glass: force' }[order.kind]
  return printableLine(`${what} ${order.application} in ${order.environment} to ${image}`)
}

function trailers(order: DeliverOrder, previous: Digest | undefined): readonly string[] {
  const values = {
    Application: order.application,
    Environment: order.environment,
    'Image-Digest': order.digest,
    'Previous-Digest': previous,
    'Promotion-Record': order.record,
    'Break-Glass': order.breakGlass?.join(' '),
    'Requested-By': order.requestedBy,
  }
  return Object.entries(values).flatMap(([name, value]) =>
    value ? [`${name}: ${printableLine(value)}`] : [],
  )
}

/** True when a commit message is the one of this promotion: its last paragraph has our trailers. */
export function carriesOrder(message: string, order: DeliverOrder): boolean {
  const last = message.trimEnd().split(/\n\n+/).at(-1)?.split('\n') ?? []
  const wanted = trailers({ ...order, requestedBy: '' }, undefined)
  return wanted.every((line) => last.includes(line))
}
