import { TrustedRoot } from '@sigstore/protobuf-specs'
import { toTrustMaterial } from '@sigstore/verify'
import type { TrustMaterial } from '@sigstore/verify'
import { fail, isFailure, isObject, parseJson } from '../base/index.ts'
import { signingErrors } from './errors.ts'

const MEDIA_TYPES: readonly unknown[] = [
  'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  'application/vnd.dev.sigstore.trustedroot.v0.1+json',
  'application/vnd.dev.sigstore.trustedroot.v0.2+json',
]

/**
 * Parsed `trusted_root.json` → the certificate authorities, logs and timestamp authorities in it. A log without
 * a start of validity is refused; others read that as "valid since 1970".
 * @throws TRUST_INVALID
 */
export function readTrustedRoot(json: unknown, where: string): TrustMaterial {
  if (!isObject(json) || !MEDIA_TYPES.includes(json.mediaType))
    throw invalid('Found no Sigstore trusted root, expected a trusted_root.json with its mediaType.', where)
  try {
    const root = TrustedRoot.fromJSON(json)
    const open = [...root.tlogs, ...root.ctlogs].find((log) => !log.publicKey?.validFor?.start)
    if (open) throw invalid(`The log ${open.baseUrl || 'without a name'} has no start of validity.`, where)
    return toTrustMaterial(root)
  } catch (cause) {
    if (isFailure(cause)) throw cause
    throw invalid('The trusted root cannot be read.', where, cause)
  }
}

/** A trusted root's text → what `readTrustedRoot` takes. @throws TRUST_INVALID */
export function parseTrustedRoot(text: string, where: string): unknown {
  try {
    return parseJson(Buffer.from(text), where)
  } catch (cause) {
    if (!isFailure(cause)) throw cause
    // The parser's message quotes what it read, which may be any file.
    throw invalid('The trusted root is not strict JSON.', where, cause)
  }
}

function invalid(message: string, where: string, cause?: unknown) {
  return fail(signingErrors.TRUST_INVALID, { message, where, cause })
}
