import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { isObject, parseJson } from '../base/index.ts'
import type { Access, Caller } from './caller.ts'

/** What a token allows: `repository:team/app` → its actions. */
export type Grants = Readonly<Record<string, readonly string[]>>

/** Seconds a token is good for. */
export const TOKEN_LIFETIME = 300

/** Issues and reads the registry's own tokens. They are signed with a key that dies with the process. */
export class Tokens {
  readonly #key = randomBytes(32)
  readonly #now: () => Date

  constructor(now: () => Date) {
    this.#now = now
  }

  issue(grants: Grants): string {
    const claims = { expires: this.#seconds() + TOKEN_LIFETIME, grants }
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
    return `${payload}.${this.#sign(payload).toString('base64url')}`
  }

  /** The caller a token speaks for; undefined when it is not ours, was changed or has expired. */
  read(token: string): Caller | undefined {
    const [payload = '', signature = ''] = token.split('.')
    const given = Buffer.from(signature, 'base64url')
    const expected = this.#sign(payload)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    const claims = parseJson(Buffer.from(payload, 'base64url'), 'token')
    if (!isObject(claims) || !isObject(claims.grants) || typeof claims.expires !== 'number') return undefined
    if (claims.expires <= this.#seconds()) return undefined
    return holderOf(claims.grants)
  }

  #sign(payload: string): Buffer {
    return createHmac('sha256', this.#key).update(payload).digest()
  }

  #seconds(): number {
    return Math.floor(this.#now().getTime() / 1000)
  }
}

function holderOf(grants: Record<string, unknown>): Caller {
  return {
    may: (access: Access) => {
      const granted = grants[`${access.type}:${access.name}`]
      return Array.isArray(granted) && access.actions.every((action) => granted.includes(action))
    },
  }
}
