import { evidenceOn } from '../assessment/index.ts'
import type { ResolvedImage } from '../assessment/index.ts'
import type { Evidence } from '../attestation/index.ts'
import { examineImage, requireTools } from '../pipeline/index.ts'
import type { AskedChecks, AttachClaims, ExamineParts, ImageCheck } from '../pipeline/index.ts'
import { attachClaims } from '../promotion/index.ts'
import type { FactClass, Parts } from '../promotion/index.ts'
import type { Wired } from './parts.ts'
import type { WorkspaceOptions } from './workspace.ts'

export const NO_EVIDENCE: Evidence = { valid: [], unusable: [] }

/** Tools and keys are there, before anything is built. @throws TOOL_MISSING, TOOL_REFUSED, KEY_UNCONFIGURED */
export async function requireChecks(
  asked: AskedChecks,
  wired: Wired,
  options: WorkspaceOptions,
): Promise<void> {
  await requireTools(
    asked,
    examineParts(wired, options, () => Promise.resolve([])),
  )
  await Promise.all(factsOf(asked).map((fact) => wired.parts.signer(fact)))
}

/** Which keys sign what is found. */
function factsOf({ sbom, scan = [], structure }: AskedChecks): readonly FactClass[] {
  const isTested = scan.includes('trivy') || structure !== undefined
  return [
    ...(sbom !== undefined && sbom !== 'builder' ? ['cyclonedx'] : []),
    ...(scan.length > 0 ? ['vulnerabilities'] : []),
    ...(isTested ? ['tests'] : []),
  ]
}

/** What a build asks about its image; what is signed about it already is not asked again. */
export async function examine(
  asked: AskedChecks,
  image: ResolvedImage,
  application: string,
  wired: Wired,
  options: WorkspaceOptions,
): Promise<readonly ImageCheck[]> {
  const { parts } = wired
  const said = await evidenceOn(image.store, image.digest, parts.trust, parts.clock.now())
  return examineImage(asked, image, said, examineParts(wired, options, claimsTo(application, parts)))
}

export function examineParts(
  { config, parts }: Wired,
  { onStep, signal, clock }: WorkspaceOptions,
  attach: AttachClaims,
): ExamineParts {
  const { directory, tools } = config
  const requests = () => parts.requests()
  return { directory, tools, env: parts.env, onStep, signal, clock: () => clock.now(), requests, attach }
}

/** Signs each claim with the key of its kind. */
export function claimsTo(application: string, parts: Parts, dryRun = false): AttachClaims {
  return async (image, claims) => {
    const { attestations } = await attachClaims(claims, image, { application, dryRun }, parts)
    return attestations.map(({ outcome, payload }) => ({
      outcome: outcome === 'failed' ? 'planned' : outcome,
      ...(payload && { payload }),
    }))
  }
}
