import { BlockList, isIP } from 'node:net'

/** Where an address leads: the internet, a private network, this machine, its neighbour that serves secrets, or nowhere. */
export type Place = 'public' | 'private' | 'loopback' | 'link-local' | 'nowhere'

// First match counts. Metadata services of the large clouds live outside of 169.254.0.0/16 as well.
const NETWORKS: readonly (readonly [Place, readonly string[]])[] = [
  ['loopback', ['127.0.0.0/8', '::1/128']],
  ['link-local', ['169.254.0.0/16', 'fe80::/10']],
  ['link-local', ['100.100.100.200/32', '168.63.129.16/32', '192.0.0.0/24', 'fd00:ec2::254/128']],
  ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', 'fec0::/10']],
  ['nowhere', ['0.0.0.0/8', '224.0.0.0/3', '::/128', 'ff00::/8']],
]

const lists = NETWORKS.map(([place, networks]) => {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    list.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4')
  }
  return { place, list }
})

/** The place of an IP address; IPv4 inside IPv6 (mapped, NAT64) counts as what it carries. */
export function placeOf(address: string): Place {
  const family = isIP(address)
  if (family === 0) return 'nowhere'
  const inner = family === 6 ? carried(address) : undefined
  if (inner !== undefined) return placeOf(inner)
  const type = family === 6 ? 'ipv6' : 'ipv4'
  return lists.find(({ list }) => list.check(address, type))?.place ?? 'public'
}

/** 64:ff9b::/96 (RFC 6052), ::ffff:0:0/96 and ::/96 carry an IPv4 address in their last 32 bits. */
function carried(address: string): string | undefined {
  const canonical = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1)
  const [, high = '', low = ''] =
    /^(?:64:ff9b::|::ffff:|::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical) ?? []
  if (!high) return undefined
  const bytes = Buffer.from(high.padStart(4, '0') + low.padStart(4, '0'), 'hex')
  return bytes.join('.')
}

const REACH: Readonly<Record<Place, readonly Place[]>> = {
  public: ['public'],
  private: ['public', 'private'],
  loopback: ['public', 'private', 'loopback'],
  'link-local': ['public', 'private', 'link-local'],
  nowhere: ['public'],
}

/** Where a registry may send us that is at all of these places itself. */
export function reachFrom(places: ReadonlySet<Place>): readonly Place[] {
  const reaches = [...places].map((place) => REACH[place])
  return REACH.loopback
    .concat('link-local')
    .filter((place) => reaches.every((reach) => reach.includes(place)))
}
