import { ociErrors, sameRepository } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { copyClosure, registryErrors } from '../registry/index.ts'
import type { Parts } from './road.ts'
import type { Allowed, CopiedImage } from './steps.ts'

/** copy: the whole closure by digest, verified at the destination. In a shared repository it is there already. */
export async function copyImage(allowed: Allowed, parts: Parts): Promise<CopiedImage> {
  const { image, stop } = allowed
  const destination = parts.store(stop.repository)
  const source = image.store.repository
  if (source && sameRepository(source, stop.repository))
    return { ...allowed, destination, ...inPlace(allowed, parts) }
  const unreadable = brokenReferrers(allowed, parts)
  const report = await copyClosure({
    source: image.store,
    destination,
    root: image.digest,
    includeReferrer: ({ digest }) => !unreadable.has(digest),
    verify: 'deep',
    onStep: parts.onStep,
    signal: parts.signal,
  })
  const { manifests, blobs, bytes, mounted, referrers, carried, serverSide } = report
  const requests = parts.requests() - allowed.requestsBefore
  const counts = { manifests, blobs, bytes, mounted, referrers, requests, ...(serverSide && { serverSide }) }
  return { ...allowed, destination, copy: counts, carried }
}

/** Referrers whose content is gone or altered. Anybody can leave one there, so they stay behind and stop nothing. */
function brokenReferrers({ evidence, image }: Allowed, parts: Parts): ReadonlySet<Digest> {
  const broken = (evidence?.unusable ?? []).filter(({ code }) => BROKEN.has(code))
  for (const { origin, code, reason } of broken) {
    const message = `${image.store.location} lists ${origin.manifest} as a referrer; it cannot be copied: ${reason}`
    parts.onStep({ kind: 'warning', code, message })
  }
  return new Set(broken.map(({ origin }) => origin.manifest))
}

const BROKEN: ReadonlySet<string> = new Set([
  registryErrors.BLOB_MISSING.code,
  ociErrors.DIGEST_MISMATCH.code,
  ociErrors.SIZE_MISMATCH.code,
])

function inPlace({ evidence, requestsBefore }: Allowed, parts: Parts) {
  const found = [...(evidence?.valid ?? []), ...(evidence?.unusable ?? [])].map(
    (statement) => statement.origin.manifest,
  )
  const requests = parts.requests() - requestsBefore
  const copy = { manifests: 0, blobs: 0, bytes: 0, mounted: 0, referrers: 0, requests }
  return { copy, carried: [...new Set(found)] }
}
