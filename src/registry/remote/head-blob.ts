import { isFailure } from '../../base/index.ts'
import type { Descriptor } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import { dump } from '../http/answer.ts'
import type { Endpoint } from './endpoint.ts'

/** HEAD of a blob. What a redirect's target says other than 200 counts as absent: sending again is always safe. */
export async function headBlob(endpoint: Endpoint, descriptor: Descriptor): Promise<boolean> {
  try {
    const answer = await endpoint.send(['pull'], {
      method: 'HEAD',
      url: `blobs/${descriptor.digest}`,
      expect: [200, 404],
      follow: true,
    })
    await dump(answer)
    return answer.status === 200
  } catch (error) {
    const refused = isFailure(error, registryErrors.REGISTRY_DENIED, registryErrors.REGISTRY_REFUSED)
    if (refused && error.detail.host !== new URL(endpoint.origin).host) return false
    throw error
  }
}
