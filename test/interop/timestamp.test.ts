import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { TestContext } from 'node:test'
import { run } from '../../src/base/command.ts'
import { makeStatement, predicateTypes } from '../../src/attestation/index.ts'
import { digestOf } from '../../src/oci/index.ts'
import {
  compileTrust,
  generateKey,
  openSigner,
  readPrivateKey,
  signStatement,
  trustSchema,
  verifySigned,
} from '../../src/signing/index.ts'
import { findTool } from '../support/outside-tool.ts'
import { temporaryDirectory } from '../support/registries.ts'

const openssl = await findTool('openssl')
const IMAGE = digestOf('image')

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

async function authority(t: TestContext) {
  const directory = await temporaryDirectory(t)
  const call = (...args: readonly string[]) => run('openssl', args, { cwd: directory })
  await writeFile(join(directory, 'tsa.cnf'), CONFIG)
  await writeFile(join(directory, 'serial'), '01\n')
  const rsa = ['-newkey', 'rsa:2048', '-nodes']
  await call('req', '-x509', ...rsa, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=ca', '-days', '30')
  await call('req', ...rsa, '-keyout', 'tsa.key', '-out', 'tsa.csr', '-subj', '/CN=tsa')
  const issued = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30']
  await call(
    'x509',
    '-req',
    '-in',
    'tsa.csr',
    ...issued,
    '-extfile',
    'tsa.cnf',
    '-extensions',
    'stamping',
    '-out',
    'tsa.pem',
  )
  const server = createServer((request, response) => {
    void Array.fromAsync(request as AsyncIterable<Buffer>)
      .then(async (chunks) => {
        await writeFile(join(directory, 'query.tsq'), Buffer.concat(chunks))
        const reply = [
          '-queryfile',
          'query.tsq',
          '-config',
          'tsa.cnf',
          '-section',
          'one',
          '-out',
          'reply.tsr',
        ]
        await call('ts', '-reply', ...reply)
        return readFile(join(directory, 'reply.tsr'))
      })
      .then((body) => response.end(body))
  })
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening))
  t.after(() => new Promise<void>((closed) => void server.close(() => closed())))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return { url, ca: await readFile(join(directory, 'ca.pem'), 'utf8') }
}

suite('test/interop/timestamp', { skip: !openssl && 'openssl is not on this machine' }, () => {
  test("OpenSSL answers our query, and its timestamp is read: RSA, a fraction of a second, the certificate's chain", async (t) => {
    const { url, ca } = await authority(t)
    const pair = generateKey()
    const by = await readPrivateKey(pair.privateKeyPem, undefined, 'key')
    const before = Date.now() - 1000
    const statement = makeStatement([IMAGE], predicateTypes.provenance, {})
    const { bytes } = await signStatement(statement, await openSigner({ by, timestamp: url }))
    const signers = [{ id: 'ci', kind: 'key', key: pair.publicKeyPem, mayAssert: ['provenance'] }]
    const judge = async (certificateChain: string) => {
      const parsed = trustSchema.parse({ version: 1, timestampAuthorities: [{ certificateChain }], signers })
      const trust = await compileTrust(parsed, () => '', 'trust.yaml')
      const content = { format: 'bundle', bytes, origin: { manifest: IMAGE, format: 'bundle' } } as const
      const judged = verifySigned(content, IMAGE, trust, { now: new Date() })
      assert.ok(!('state' in judged), JSON.stringify(judged))
      return judged.provenOn
    }
    const time = Date.parse((await judge(ca)) ?? '')
    assert.ok(time >= before && time <= Date.now(), String(time))
    const other = await authority(t)
    assert.equal(await judge(other.ca), undefined)
  })
})
