import { createHash, createHmac } from 'node:crypto'

export interface AwsKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

export interface UnsignedRequest {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  /** Lower-case names; `host` is added. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface SigningScope {
  readonly region: string
  readonly service: string
  readonly now: Date
}

const ALGORITHM = 'AWS4-HMAC-SHA256'

/** The headers of a request with its AWS Signature Version 4 (every header given is signed). */
export function signedHeaders(
  request: UnsignedRequest,
  keys: AwsKeys,
  { region, service, now }: SigningScope,
): Readonly<Record<string, string>> {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`
  const headers = {
    ...request.headers,
    'x-amz-date': time,
    ...(keys.sessionToken && { 'x-amz-security-token': keys.sessionToken }),
  }
  const { names, text } = canonical(request, { ...headers, host: request.url.host })
  const toSign = [ALGORITHM, time, scope, sha256(text)].join('\n')
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${keys.secretAccessKey}`)
  const signature = hmac(key, toSign).toString('hex')
  const credential = `Credential=${keys.accessKeyId}/${scope}`
  return {
    ...headers,
    authorization: `${ALGORITHM} ${credential}, SignedHeaders=${names}, Signature=${signature}`,
  }
}

function canonical({ method, url, body }: UnsignedRequest, headers: Readonly<Record<string, string>>) {
  const sorted = Object.entries(headers).toSorted(byName)
  const names = sorted.map(([name]) => name).join(';')
  const lines = sorted.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}\n`).join('')
  const query = [...url.searchParams]
    .map(([name, value]): [string, string] => [encoded(name), encoded(value)])
    .toSorted((a, b) => byName(a, b) || compare(a[1], b[1]))
    .map((pair) => pair.join('='))
    .join('&')
  return { names, text: [method, url.pathname, query, lines, names, sha256(body)].join('\n') }
}

/** RFC 3986: also what encodeURIComponent leaves alone. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return compare(a, b)
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest()
}
