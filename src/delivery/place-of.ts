import type { Repository } from '../oci/index.ts'
import { helmPlace } from './helm.ts'
import { kustomizePlace } from './kustomize.ts'
import { manifestsPlace } from './manifests.ts'
import type { Place } from './place.ts'
import { repositoryPath } from './repository-path.ts'
import type { DeliverTarget } from './schema.ts'

type Subject = { readonly application: string; readonly repository: Repository }

/** The place a deliver block names. @throws PATH_ESCAPES */
export function placeOf(target: DeliverTarget, subject: Subject): Place {
  const place = kindOf(target, subject)
  return { ...place, path: repositoryPath(place.path) }
}

/** The table of deliver blocks: a new kind joins by one line here and one in `schema.ts`. */
function kindOf(target: DeliverTarget, subject: Subject): Place {
  if ('kustomize' in target) return kustomizePlace(target.kustomize, subject)
  if ('helm' in target) return helmPlace(target.helm)
  return manifestsPlace(target.manifests, subject)
}
