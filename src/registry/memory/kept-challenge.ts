import { isObject, parseJson } from '../../base/index.ts'
import type { Challenge } from '../auth/challenge.ts'

const LENGTH = 500

/**
 * A challenge without what changes from request to request, as text; undefined when it is not kept. Credentials go to
 * the token server a challenge names, so one elsewhere than the registry's own domain is asked for again each run.
 */
export function formatChallenge({ scheme, parameters }: Challenge, registry: string): string | undefined {
  const { realm = '', service } = parameters
  if (scheme === 'basic') return JSON.stringify({ scheme })
  if (scheme !== 'bearer' || !isAtHome(realm, registry)) return undefined
  return JSON.stringify({ scheme, realm, ...(service !== undefined && { service }) })
}

/** The challenge in a kept text; undefined when it is none that would be kept. */
export function parseChallenge(text: string, registry: string): Challenge | undefined {
  try {
    const kept = text.length <= LENGTH ? parseJson(Buffer.from(text), 'challenge') : undefined
    if (!isObject(kept)) return undefined
    const { scheme, realm, service } = kept
    if (scheme === 'basic') return { scheme, parameters: {} }
    if (scheme !== 'bearer' || typeof realm !== 'string' || !isAtHome(realm, registry)) return undefined
    return { scheme, parameters: { realm, ...(typeof service === 'string' && { service }) } }
  } catch {
    return undefined
  }
}

/** True when the realm is on the registry's host, above it or below it: `auth.docker.io` for `docker.io`. */
function isAtHome(realm: string, registry: string): boolean {
  if (!URL.canParse(realm) || !URL.canParse(`https://${registry}`)) return false
  const there = new URL(realm).hostname
  const here = new URL(`https://${registry}`).hostname
  if (there === here) return true
  const isNamed = there.includes('.') && /[a-z]$/.test(there)
  return isNamed && (here.endsWith(`.${there}`) || there.endsWith(`.${here}`))
}
