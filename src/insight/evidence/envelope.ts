import { isFailure, isObject, parseJson } from '../../base/index.ts'
import type { SignedContent } from '../../signing/index.ts'

/** The DSSE envelope (DSSE envelope.md) in what was found; undefined when it holds none. Nothing is verified here. */
export function envelopeIn({ format, bytes, origin }: SignedContent): Record<string, unknown> | undefined {
  if (format === 'legacy-signature') return undefined
  const json = parsed(bytes, origin.manifest)
  const envelope = format === 'bundle' && isObject(json) ? json.dsseEnvelope : json
  return isObject(envelope) && typeof envelope.payload === 'string' ? envelope : undefined
}

/** The bytes that were signed; undefined when there is no envelope, or what it holds is not base64. */
export function payloadIn(content: SignedContent): Buffer | undefined {
  const payload = envelopeIn(content)?.payload
  if (typeof payload !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(payload)) return undefined
  return Buffer.from(payload, 'base64')
}

/** What was signed, as JSON; undefined when it is none. */
export function statementIn(content: SignedContent): unknown {
  const payload = payloadIn(content)
  return payload && parsed(payload, content.origin.manifest)
}

function parsed(bytes: Uint8Array, where: string): unknown {
  try {
    return parseJson(bytes, where)
  } catch (error) {
    if (isFailure(error)) return undefined
    throw error
  }
}
