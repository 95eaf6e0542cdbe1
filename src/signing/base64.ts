/**
 * Standard, padded base64 (RFC 4648 §4) → bytes; undefined for anything else.
 * Strict because `Buffer.from` skips characters it does not know, so many texts would be one signature. Only the
 * canonical text encodes back to itself.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
