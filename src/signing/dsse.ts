import * as z from 'zod'
import { decodeBase64 } from './base64.ts'

/** Base64 text in foreign JSON → bytes. Empty is refused: no field Waybill reads may be empty. */
export const base64Bytes = z.string().transform((text, context) => {
  const decoded = decodeBase64(text)
  if (decoded && decoded.length > 0) return decoded
  context.addIssue({ code: 'custom', message: 'expected standard base64' })
  return z.NEVER
})

/**
 * A DSSE envelope as it may come from outside: exactly one signature, no unknown field. `keyid` is unsigned and
 * ignored. Two signatures are refused because readers disagree on which one counts.
 */
export const envelopeSchema = z.strictObject({
  payload: base64Bytes,
  payloadType: z.string().min(1),
  signatures: z
    .array(z.strictObject({ sig: base64Bytes, keyid: z.string().optional() }))
    .length(1, 'expected exactly one signature')
    .transform(([only]) => only as { sig: Buffer; keyid?: string | undefined }),
})

export type Envelope = z.infer<typeof envelopeSchema>

/** What a DSSE signature signs: `DSSEv1 len(type) type len(payload) payload` (DSSE protocol.md), lengths in bytes. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `
  return Buffer.concat([Buffer.from(head), payload])
}
