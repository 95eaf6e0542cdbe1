import type { Exchange } from '../exchange.ts'

/** The head of a request as bytes (RFC 9112 §3). @throws Error when a header could be read as two */
export function requestHead({ method, url, headers, body }: Exchange): Buffer {
  const fields: Record<string, string> = { host: url.host, ...headers }
  if (typeof body !== 'function' && (body || method !== 'GET'))
    fields['content-length'] = String(body?.length ?? 0)
  const lines = Object.entries(fields).map(([name, value]) => {
    if (!/^[!#$%&'*+.^_`|~\dA-Za-z-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
      throw Object.assign(new Error(`the header ${JSON.stringify(name)} cannot be sent`), {
        code: 'ERR_INVALID_CHAR',
      })
    return `${name}: ${value}\r\n`
  })
  return Buffer.from(`${method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1')
}
