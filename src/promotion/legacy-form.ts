import { timestamp } from '../base/index.ts'
import { predicateTypes } from '../attestation/index.ts'
import type { VerifiedStatement } from '../attestation/index.ts'
import { circumstances, collect } from '../assessment/index.ts'
import { formatRepository } from '../oci/index.ts'
import { appendLayer, attachArtifact } from '../registry/index.ts'
import {
  attestationLayer,
  bundleArtifact,
  bundleOf,
  legacyTag,
  openContent,
  signatureLayer,
  verifySigned,
} from '../signing/index.ts'
import type { LegacyLayer, SignedContent, TrustedSigner } from '../signing/index.ts'
import type { AttachOrder } from './attach-order.ts'
import { promotionErrors } from './errors.ts'
import type { Parts } from './road.ts'

interface Found {
  readonly content: SignedContent
  readonly judged: VerifiedStatement
}

/**
 * Before the first bundle: cosign 3 looks at nothing else once one hangs on a digest, so what our signers said in the old
 * form must be there as a bundle too. Attestations by a key are put into bundles with the signature they have; a `.sig`
 * and what a certificate signed cannot be, and are told of.
 */
export async function bundleLegacy(order: AttachOrder, said: VerifiedStatement, parts: Parts): Promise<void> {
  const all = await found(order, parts)
  const bundled = new Set([said, ...all.filter(isBundle).map(({ judged }) => judged)].map(meaning))
  for (const one of all.filter((each) => !isBundle(each) && !bundled.has(meaning(each.judged)))) {
    const hint = one.content.format === 'legacy-attestation' ? hintOf(one.judged, parts) : undefined
    if (hint === undefined) parts.onStep(hidden(one))
    else await attachAsBundle(one, hint, order, parts)
  }
}

/** What a bundle says, in the old form as well; nothing when it is there. */
export async function appendLegacy(
  order: AttachOrder,
  said: Pick<VerifiedStatement, 'payload' | 'signer'>,
  parts: Parts,
): Promise<void> {
  const all = await found(order, parts)
  const bySame = all.filter(({ judged }) => judged.signer.id === said.signer.id)
  const layer =
    order.predicateType === predicateTypes.signature
      ? await newSignature(order, bySame)
      : attestationOf(bySame.filter(({ judged }) => judged.payload === said.payload))
  if (layer) await appendLayer(order.store, legacyTag(order.image.digest, layer.form), layer)
}

async function newSignature(
  { store, image, signer }: AttachOrder,
  bySame: readonly Found[],
): Promise<LegacyLayer | undefined> {
  if (bySame.some(({ content }) => content.format === 'legacy-signature')) return undefined
  const reference = store.repository ? formatRepository(store.repository) : store.location
  return signatureLayer(image.digest, reference, signer)
}

function attestationOf(copies: readonly Found[]): LegacyLayer | undefined {
  const bundle = copies.find(isBundle)
  if (!bundle || copies.some(({ content }) => content.format === 'legacy-attestation')) return undefined
  return attestationLayer(bundle.content.bytes, bundle.judged.predicateType)
}

async function attachAsBundle(
  { content, judged }: Found,
  hint: string,
  { store, image }: AttachOrder,
  parts: Parts,
): Promise<void> {
  const bytes = bundleOf(content.bytes, hint, openContent(content).timestamps)
  const bundle = { bytes, predicateType: judged.predicateType }
  const artifact = bundleArtifact(bundle, image.root.descriptor, timestamp(parts.clock.now()))
  await attachArtifact(store, artifact)
}

/** Everything valid on the image, with the bytes it came in. */
async function found({ store, image }: AttachOrder, parts: Parts): Promise<readonly Found[]> {
  const { contents } = await collect(store, image.digest)
  const at = circumstances(store, parts.clock.now())
  return contents.flatMap((content) => {
    const judged = verifySigned(content, image.digest, parts.trust, at)
    return 'state' in judged ? [] : [{ content, judged }]
  })
}

/** Who said what: image signatures differ in their bytes from form to form, and say the same. */
function meaning({ signer, predicateType, payload }: VerifiedStatement): string {
  return `${signer.id} ${predicateType === predicateTypes.signature ? predicateType : payload}`
}

function isBundle({ content }: Found): boolean {
  return content.format === 'bundle'
}

function hintOf({ signer }: VerifiedStatement, parts: Parts): string | undefined {
  const isIt = (entry: TrustedSigner) => entry.id === signer.id
  const known = parts.trust.signers.find(isIt)
  return known?.kind === 'key' ? known.hint : undefined
}

function hidden({ judged }: Found) {
  return {
    kind: 'warning',
    code: promotionErrors.LEGACY_HIDDEN.code,
    message: `What ${judged.signer.id} signed in cosign's old form (${judged.predicateType}) cannot be put into a bundle, and cosign 3 no longer sees it beside one; have it signed again.`,
  } as const
}
