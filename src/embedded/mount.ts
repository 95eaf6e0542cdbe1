import type { Digest } from '../oci/index.ts'
import { pulling } from './caller.ts'
import { repositoryName } from './names.ts'
import type { RepositoryName } from './names.ts'
import { writing } from './parts.ts'
import type { Call } from './parts.ts'

/**
 * Links a blob another repository holds (end-11), or any repository when `from` is left out.
 * False when there is none that the caller may pull from: whether it exists elsewhere stays unknown to them.
 */
export async function mountBlob(call: Call, name: RepositoryName, digest: Digest): Promise<boolean> {
  const { parts, exchange, caller } = call
  const from = exchange.query.get('from')
  const candidates = from === null ? parts.repositories.names() : [repositoryName(from)]
  for (const candidate of candidates) {
    if (
      !candidate ||
      !caller.may(pulling(candidate)) ||
      !(await parts.repositories.hasBlob(candidate, digest))
    )
      continue
    await writing(parts, name, () => parts.repositories.linkBlob(name, digest))
    return true
  }
  return false
}
