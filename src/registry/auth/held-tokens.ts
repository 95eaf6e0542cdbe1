import { covers, formatScope, without } from './scope.ts'
import type { Scope } from './scope.ts'
import type { Token } from './token.ts'

interface HeldToken {
  /** Whom it was given to. */
  readonly holder: string
  readonly asked: readonly Scope[]
  /** What it is believed to allow: less than was asked for, once it was refused for something. */
  allows: readonly Scope[]
  readonly token: Promise<Token | undefined>
  header: string | undefined
  /** Monotonic milliseconds, both: Infinity while it is being fetched. */
  got: number
  until: number
}

// A refusal is believed for so long: thirty requests at once with a wrong password must not lock the account.
const REFUSAL_LASTS = 10_000
// A token refused although it is this young will be refused again; an older one may have been revoked.
const YOUNG = 10_000

/** The tokens of one registry: each is fetched once, for all who need it, and used until shortly before it expires. */
export class HeldTokens {
  #held: HeldToken[] = []

  /** The header of a token for `needed`; with none at hand, `fetch` one for all of `asked`. undefined = refused. */
  async header(
    holder: string,
    needed: readonly Scope[],
    asked: readonly Scope[],
    fetch: () => Promise<Token | undefined>,
  ): Promise<string | undefined> {
    const now = performance.now()
    this.#held = this.#held.filter(({ until }) => until > now)
    const own = this.#held.filter((one) => one.holder === holder)
    const good = own.find((one) => (one.header || one.until === Infinity) && covers(one.allows, needed))
    const refused = own.find((one) => !one.header && same(one.asked, asked))
    const { token } = good ?? refused ?? this.#fetched(holder, asked, fetch)
    const value = (await token)?.value
    return value && `Bearer ${value}`
  }

  /**
   * After a token was refused for `needed`. `final`: another would be refused as well. `narrow`: it was asked to do more
   * in other repositories, and may have been cut down. `again`: it ran out, or the registry demands more.
   */
  refused(header: string, needed: readonly Scope[], revoked: boolean): 'final' | 'narrow' | 'again' {
    const held = this.#held.find((one) => one.header === header)
    if (!held) return 'again'
    if (revoked || performance.now() - held.got > YOUNG) {
      held.allows = []
      return 'again'
    }
    if (!covers(held.asked, needed)) return 'again'
    if (covers(needed, held.asked)) return 'final'
    held.allows = without(held.allows, needed)
    return held.asked.length > 1 ? 'narrow' : 'again'
  }

  #fetched(holder: string, asked: readonly Scope[], fetch: () => Promise<Token | undefined>): HeldToken {
    const token = fetch()
    const fresh: HeldToken = {
      holder,
      asked,
      allows: asked,
      token,
      header: undefined,
      got: Infinity,
      until: Infinity,
    }
    this.#held.push(fresh)
    token.then(
      (given) => settle(fresh, given),
      () => (this.#held = this.#held.filter((one) => one !== fresh)),
    )
    return fresh
  }
}

/** Renewed a little early, so that it does not run out on the way. */
function settle(held: HeldToken, token: Token | undefined): void {
  held.got = performance.now()
  held.header = token && `Bearer ${token.value}`
  const lasts = token ? token.lifetime * 1000 - Math.min(10_000, token.lifetime * 200) : REFUSAL_LASTS
  held.until = held.got + lasts
}

function same(a: readonly Scope[], b: readonly Scope[]): boolean {
  return a.map(formatScope).join(' ') === b.map(formatScope).join(' ')
}
