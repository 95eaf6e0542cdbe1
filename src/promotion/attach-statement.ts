import { fail, timestamp } from '../base/index.ts'
import { isAbout, makeStatement, statementsOf } from '../attestation/index.ts'
import type { Statement, VerifiedStatement } from '../attestation/index.ts'
import { circumstances, evidenceOn, subjectsOf } from '../assessment/index.ts'
import { attachArtifact } from '../registry/index.ts'
import type { StoredManifest } from '../registry/index.ts'
import { bundleArtifact, signingErrors, signStatement, verifySigned } from '../signing/index.ts'
import type { Artifact } from '../signing/index.ts'
import type { AttachOrder } from './attach-order.ts'
import type { AttachedFact } from './commands.ts'
import { appendLegacy, bundleLegacy } from './legacy-form.ts'
import type { Parts } from './road.ts'

export interface AttachedStatement extends VerifiedStatement {
  readonly manifest: StoredManifest
}

/**
 * Signs a statement about an image and hangs it on the digest as a referrer. Before anything is written the
 * bundle goes through our own trust policy: a fact nobody will believe is not published.
 * @throws SIGNER_UNTRUSTED when trust.yaml does not let this key say this, TIMESTAMP_UNTRUSTED
 */
export async function attachStatement(order: AttachOrder, parts: Parts): Promise<AttachedStatement> {
  const signed = await signTrusted(order, parts)
  return attachSigned(order, signed, parts)
}

type Predicate = Readonly<Record<string, unknown>>
/** Does an earlier statement make ours needless? `all`: everything of this type that the signer said here. */
type IsSame = (predicate: Predicate, all: readonly Predicate[]) => boolean

/** `attachStatement`, unless this signer has said the same about this image before. */
export async function attachOnce(
  order: AttachOrder,
  isSame: IsSame,
  parts: Parts,
): Promise<Pick<AttachedFact, 'outcome' | 'payload' | 'manifest' | 'signer'>> {
  const signed = await signTrusted(order, parts)
  const evidence = await evidenceOn(order.store, order.image.digest, parts.trust, parts.clock.now())
  const said = statementsOf(evidence, order.predicateType).filter(
    ({ signer, statement }) => signer.id === signed.judged.signer.id && namesSame(order, statement),
  )
  const all = said.map(({ statement }) => statement.predicate)
  const before = said.find(({ statement }) => isSame(statement.predicate, all))
  const { payload, signer, origin } = before ?? (await attachSigned(order, signed, parts))
  // An interrupted run may have left the one form without the other.
  if (before && parts.profile === 'bundle+legacy') await appendLegacy(order, before, parts)
  return { outcome: before ? 'already' : 'attached', payload, manifest: origin.manifest, signer: signer.id }
}

/** Said of one platform, it is not said of another. */
function namesSame({ subjects }: AttachOrder, statement: Statement): boolean {
  if (!subjects) return true
  return (
    statement.subject.length === subjects.length && subjects.every((digest) => isAbout(statement, digest))
  )
}

interface Signed {
  readonly judged: VerifiedStatement
  readonly artifact: Artifact
}

async function attachSigned(
  order: AttachOrder,
  { judged, artifact }: Signed,
  parts: Parts,
): Promise<AttachedStatement> {
  if (parts.profile === 'bundle+legacy') await bundleLegacy(order, judged, parts)
  const manifest = await attachArtifact(order.store, artifact)
  if (parts.profile === 'bundle+legacy') await appendLegacy(order, judged, parts)
  return { ...judged, origin: { ...judged.origin, manifest: manifest.descriptor.digest }, manifest }
}

async function signTrusted(order: AttachOrder, parts: Parts): Promise<Signed> {
  const { store, image, signer } = order
  const now = parts.clock.now()
  const statement = makeStatement(order.subjects ?? subjectsOf(image), order.predicateType, order.predicate)
  const bundle = await signStatement(statement, signer)
  const artifact = bundleArtifact(bundle, image.root.descriptor, timestamp(now))
  const origin = { manifest: image.digest, format: 'bundle' } as const
  const judged = verifySigned(
    { format: 'bundle', bytes: bundle.bytes, origin },
    image.digest,
    parts.trust,
    circumstances(store, now),
  )
  if ('state' in judged) {
    throw fail(signingErrors.SIGNER_UNTRUSTED, {
      message: `The trust policy would not accept this ${order.predicateType}: ${judged.reason}`,
      where: store.location,
      next: 'Add the public key to trust.yaml with this fact in mayAssert, or sign with the key that is there.',
    })
  }
  if (bundle.timestamped && judged.provenOn === undefined)
    throw fail(signingErrors.TIMESTAMP_UNTRUSTED, {
      message:
        'The timestamp of this signature is by no authority of the trust policy, so it would prove nothing.',
      where: store.location,
    })
  return { judged, artifact }
}
