import type { Repository } from '../oci/index.ts'
import { helmPlace } from './helm.ts'
import { kustomizePlace } from './kustomize.ts'
import { manifestsPlace } from './manifests.ts'
import type { Place } from './place.ts'
import type { DeliverTarget } from './schema.ts'

/** The table of deliver blocks: a new kind joins by one line here and one in `schema.ts`. */
export function placeOf(
  target: DeliverTarget,
  subject: { readonly application: string; readonly repository: Repository },
): Place {
  if ('kustomize' in target) return kustomizePlace(target.kustomize, subject)
  if ('helm' in target) return helmPlace(target.helm)
  return manifestsPlace(target.manifests, subject)
}
