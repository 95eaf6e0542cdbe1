import { hexOf } from '../../oci/index.ts'
import type { Around } from '../handler.ts'
import type { Call } from '../parts.ts'
import type { Route } from '../router.ts'
import { withoutHeaders } from './alter.ts'
import { profile } from './profile.ts'
import { common, withoutReferrers } from './traits.ts'

export interface GhcrSettings {
  /** Where referrers requests are sent to. Default: a host that does not exist. */
  readonly elsewhere?: string
}

export const ghcr = profile<GhcrSettings>({
  about:
    'referrers answer 303 to another host with the digest cut off; no OCI-Subject; a second PATCH overwrites',
  knownFrom: 'artifacthub#4785 (referrers); ghcr.io uploads in chunks end with the last chunk only',
  make: ({ elsewhere = 'https://packages.invalid' }) => ({
    prepare: withoutReferrers,
    around: [...common, redirectedReferrers(elsewhere), overwritingPatch],
  }),
})

function redirectedReferrers(elsewhere: string): Around {
  return async (call, route, next) => {
    if (route.kind !== 'referrers') return next(call, route)
    const cut = `sha256:${hexOf(route.digest).slice(0, 12)}`
    return { status: 303, headers: { location: new URL(`/${route.name}/${cut}`, elsewhere).href } }
  }
}

// A session of its own per PATCH: what earlier ones brought is gone, and nobody says so until the digest is wrong.
const overwritingPatch: Around = async (call, route, next) => {
  if (route.kind !== 'upload' || call.exchange.method !== 'PATCH') return next(call, route)
  const plain = withoutHeaders(call, 'content-range')
  return next(plain, (await renewed(plain, route)) ?? route)
}

async function renewed(call: Call, route: Route & { kind: 'upload' }): Promise<Route | undefined> {
  const { uploads } = call.parts
  const before = await uploads.find(route.name, route.id)
  if (!before || before.size === 0) return undefined
  await uploads.discard(before)
  return { ...route, id: (await uploads.begin(route.name, 'sha256')).id }
}
