import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { run } from '../../src/base/command.ts'
import { findTool } from './outside-tool.ts'
import { temporaryDirectory } from './registries.ts'
import type { Cleanup } from './registries.ts'

/** Why OpenSSL's time-stamp authority cannot be used here; false when it can (for a test's `skip`). */
export const noOpenssl: string | false = !(await findTool('openssl')) && 'openssl is not on this machine'

// A time-stamp authority with an RSA key, run by OpenSSL's own `ts`.
const CONFIG = `
[tsa]
default_tsa = one
[one]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500, microsecs:100
clock_precision_digits = 3
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[stamping]
extendedKeyUsage = critical, timeStamping
keyUsage = critical, digitalSignature
`

export interface OpensslAuthority {
  /** Where it is asked for timestamps. */
  readonly url: string
  /** Certificate of its root. */
  readonly ca: string
  /** Its certificates as PEM, the signing one first. */
  readonly chain: string
}

/** Starts it on loopback, with new keys. It answers one query after the other. */
export async function opensslAuthority(t: Cleanup): Promise<OpensslAuthority> {
  const directory = await temporaryDirectory(t)
  const call = (...args: readonly string[]) => run('openssl', args, { cwd: directory })
  await writeFile(join(directory, 'tsa.cnf'), CONFIG)
  await writeFile(join(directory, 'serial'), '01\n')
  const rsa = ['-newkey', 'rsa:2048', '-nodes']
  await call('req', '-x509', ...rsa, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=ca', '-days', '30')
  await call('req', ...rsa, '-keyout', 'tsa.key', '-out', 'tsa.csr', '-subj', '/CN=tsa')
  const issued = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30']
  const extended = ['-extfile', 'tsa.cnf', '-extensions', 'stamping']
  await call('x509', '-req', '-in', 'tsa.csr', ...issued, ...extended, '-out', 'tsa.pem')
  const answer = async (query: Buffer) => {
    await writeFile(join(directory, 'query.tsq'), query)
    const how = ['-queryfile', 'query.tsq', '-config', 'tsa.cnf', '-section', 'one', '-out', 'reply.tsr']
    await call('ts', '-reply', ...how)
    return readFile(join(directory, 'reply.tsr'))
  }
  // Its files are the same for every query.
  let before: Promise<unknown> = Promise.resolve()
  const server = createServer((request, response) => {
    const answered = Promise.all([Array.fromAsync(request as AsyncIterable<Buffer>), before])
      .then(([chunks]) => answer(Buffer.concat(chunks)))
      .then(
        (body) => response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(body),
        () => response.writeHead(500).end(),
      )
    before = answered
  })
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const [ca, leaf] = await Promise.all(
    ['ca.pem', 'tsa.pem'].map((name) => readFile(join(directory, name), 'utf8')),
  )
  return { url, ca: ca ?? '', chain: `${leaf}${ca}` }
}
