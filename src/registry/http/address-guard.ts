import { lookup } from 'node:dns'
import type { LookupAddress } from 'node:dns'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { fail } from '../../base/index.ts'
import { registryErrors } from '../errors.ts'
import { placeOf, reachFrom } from './address-place.ts'
import type { Place } from './address-place.ts'

/**
 * Keeps a registry from sending us (redirect, token server, upload address) to places where only we can go: this
 * machine, metadata services, the private network. Judged is the address that is connected to, not the name.
 */
export class AddressGuard {
  readonly #places = new Map<string, Set<Place>>()

  /** Looks up a registry that the user named: everything is allowed, and where it is is remembered. */
  readonly open: LookupFunction = (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (!error) this.#remember(hostname, addresses)
      hand(error, addresses, options.all, done)
    })
  }

  /** Looks up only what is within reach. */
  within(reach: readonly Place[]): LookupFunction {
    return (hostname, options, done) => {
      lookup(hostname, { ...options, all: true }, (error, addresses) => {
        const allowed = (addresses ?? []).filter(({ address }) => reach.includes(placeOf(address)))
        const found = addresses?.[0]?.address ?? hostname
        hand(error ?? (allowed.length > 0 ? null : refused(hostname, found)), allowed, options.all, done)
      })
    }
  }

  /** Where this registry may send us. A name that was never looked up here (a proxy does it) counts as public. */
  async reachOf(registry: URL): Promise<readonly Place[]> {
    const host = bare(registry)
    if (isIP(host)) return reachFrom(new Set([placeOf(host)]))
    const known = this.#places.get(host) ?? (await this.#find(host))
    return reachFrom(known)
  }

  /** For a host that is an address already: no name is looked up then. @throws REGISTRY_ANSWER_INVALID */
  checkLiteral(url: URL, reach: readonly Place[]): void {
    const host = bare(url)
    if (isIP(host) && !reach.includes(placeOf(host))) throw refused(host, host)
  }

  /** Every place a registry was ever seen at counts: its name server may answer differently each time. */
  #remember(hostname: string, addresses: readonly LookupAddress[]): Set<Place> {
    const places = this.#places.get(hostname) ?? new Set()
    for (const { address } of addresses) places.add(placeOf(address))
    this.#places.set(hostname, places)
    return places
  }

  #find(hostname: string): Promise<Set<Place>> {
    const { promise, resolve } = Promise.withResolvers<Set<Place>>()
    lookup(hostname, { all: true }, (error, addresses) =>
      resolve(error ? new Set(['public']) : this.#remember(hostname, addresses)),
    )
    return promise
  }
}

function hand(
  error: Error | null,
  addresses: LookupAddress[],
  all: boolean | undefined,
  done: Parameters<LookupFunction>[2],
): void {
  const [first] = addresses
  if (error || !first) done(error, '', 0)
  else if (all) done(null, addresses)
  else done(null, first.address, first.family)
}

function bare(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1')
}

function refused(hostname: string, address: string) {
  const what = hostname === address ? address : `${hostname} (${address})`
  return fail(registryErrors.REGISTRY_ANSWER_INVALID, {
    message: `The registry sends us to ${what}, which is ${spoken[placeOf(address)]}: it has no business there.`,
    where: hostname,
  })
}

const spoken: Readonly<Record<Place, string>> = {
  public: 'a public address',
  private: 'an address of a private network',
  loopback: 'this machine itself',
  'link-local': 'an address that only this machine reaches',
  nowhere: 'no address of a server',
}
