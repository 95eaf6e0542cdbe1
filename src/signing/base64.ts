const STANDARD = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * Standard, padded base64 (RFC 4648 §4) → bytes; undefined for anything else.
 * Strict because `Buffer.from` skips characters it does not know, so two texts would be one signature.
 */
export function decodeBase64(text: string): Buffer | undefined {
  if (!STANDARD.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  // Unused bits of the last character must be zero, else several texts mean the same bytes.
  return bytes.toString('base64') === text ? bytes : undefined
}
