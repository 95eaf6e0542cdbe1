import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, it } from 'node:test'
import { isFailure } from '../base/index.ts'
import { parseRepository } from '../oci/index.ts'
import { generateKey } from '../signing/index.ts'
import { KeyRing } from './keys.ts'
import { connect } from './images.ts'

const nothing = () => () => Promise.reject(new Error('nobody should ask'))

describe('signing keys stay where they are', () => {
  it('a key pasted where its name belongs is in no message', async () => {
    const { privateKeyPem } = generateKey()
    for (const pasted of [privateKeyPem, privateKeyPem.replaceAll('\n', ' ')]) {
      const ring = new KeyRing({ promotion: { key: pasted } }, '/', {}, nothing)
      for (const reading of [() => ring.key(pasted, '/'), () => ring.signer('promotion')]) {
        await assert.rejects(reading(), (error) => {
          assert.ok(isFailure(error))
          const shown = JSON.stringify([error.message, error.where, error.detail, String(error.cause)])
          assert.ok(!shown.includes(pasted.slice(40, 80)), shown)
          return error.code === 'KEY_UNREADABLE'
        })
      }
    }
  })

  it('what other programs get names no configured key and no password', () => {
    const env = {
      PATH: '/bin',
      KEY_A: 'a',
      KEY_B: 'b',
      PASS_B: 'c',
      WAYBILL_KEY_PASSWORD: 'd',
      COSIGN_PASSWORD: 'e',
    }
    const sign = { promotion: { key: 'env://KEY_A' }, pass: { key: 'env://KEY_B', password: 'env://PASS_B' } }
    assert.deepEqual(new KeyRing(sign, '/', env, nothing).publicEnvironment(), { PATH: '/bin' })
    const more = { ...env, SNOW_TOKEN: 'f' }
    const ring = new KeyRing(sign, '/', more, nothing)
    assert.deepEqual(ring.publicEnvironment(['env://SNOW_TOKEN']), { PATH: '/bin' })
  })

  it('a credential helper sees no private key, whatever its variable is called', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'waybill-keys-'))
    t.after(() => rm(directory, { recursive: true, force: true }))
    const seen = join(directory, 'seen')
    const helper = join(directory, 'docker-credential-spy')
    await writeFile(helper, `#!/bin/sh\nenv > '${seen}'\necho '{"Username":"u","Secret":"s"}'\n`)
    await chmod(helper, 0o755)
    await writeFile(join(directory, 'config.json'), '{"credsStore":"spy"}')
    const server = createServer((request, response) => {
      const asked = request.headers.authorization === undefined
      response.writeHead(asked ? 401 : 404, { 'www-authenticate': 'Basic realm="test"' }).end()
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    t.after(() => server.close())

    const env = {
      PATH: `${directory}${delimiter}${process.env.PATH ?? ''}`,
      HOME: directory,
      DOCKER_CONFIG: directory,
      APPROVER: generateKey().privateKeyPem,
      COSIGN_PASSWORD: 'hunter2',
      PLAIN: 'visible',
    }
    const client = connect({ env, signal: new AbortController().signal }, new Set())
    t.after(() => client.close())
    const { port } = server.address() as AddressInfo
    await client.repository(parseRepository(`127.0.0.1:${port}/app`)).head('latest')
    const told = await readFile(seen, 'utf8')
    assert.match(told, /^PLAIN=visible$/m)
    assert.doesNotMatch(told, /PRIVATE KEY|hunter2/)
  })
})
