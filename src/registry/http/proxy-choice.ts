import { BlockList, isIP } from 'node:net'
import { isLoopback } from '../../base/index.ts'

/** The variables that name proxies; the caller passes them in. */
export type ProxyVariables = Readonly<Record<string, string | undefined>>

/**
 * The proxy for an address, or undefined: HTTPS_PROXY or HTTP_PROXY, small letters first, unless NO_PROXY lists the
 * host. Loopback never goes through a proxy. Entries of NO_PROXY: `*`, a host with all hosts below it, `host:port`,
 * an IP address or network (`10.0.0.0/8`).
 */
export function proxyFor(url: URL, env: ProxyVariables): string | undefined {
  const secure = url.protocol === 'https:'
  const proxy = secure ? env.https_proxy || env.HTTPS_PROXY : env.http_proxy || env.HTTP_PROXY
  if (!proxy || isLoopback(url.hostname)) return undefined
  const port = url.port || (secure ? '443' : '80')
  const entries = (env.no_proxy || env.NO_PROXY || '').toLowerCase().split(/[\s,]+/)
  if (entries.some((entry) => entry && spares(entry, url.hostname, port))) return undefined
  return /^[a-z]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`
}

function spares(entry: string, hostname: string, port: string): boolean {
  if (entry === '*') return true
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const [, network = '', bits = ''] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry) ?? []
  if (network) return isIP(host) > 0 && inNetwork(host, network, Number(bits))
  const [, name = entry, only = port] = /^(.*[^:]):(\d+)$/.exec(entry) ?? []
  const suffix = (isIP(entry) ? entry : name).replace(/^\*?\./, '').replace(/^\[(.*)\]$/, '$1')
  if (!isIP(entry) && only !== port) return false
  return host === suffix || (isIP(host) === 0 && host.endsWith(`.${suffix}`))
}

function inNetwork(host: string, network: string, bits: number): boolean {
  const family = isIP(network)
  if (family === 0 || family !== isIP(host) || bits > (family === 4 ? 32 : 128)) return false
  const type = family === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(network, bits, type)
  return list.check(host, type)
}
