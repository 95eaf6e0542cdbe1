import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryDirectory } from '../support/registries.ts'

const OPENSSL = 'openssl'
const skip = spawnSync(OPENSSL, ['version']).status === 0 ? false : 'openssl is not installed'
const PROGRAM = fileURLToPath(import.meta.resolve('../support/tls-exchanges.ts'))

/** What came of the exchanges, by a program that trusts the lab's certificate or does not. */
async function exchanges(t: TestContext, trusting: boolean): Promise<Record<string, unknown>> {
  const directory = await temporaryDirectory(t)
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const files = ['-keyout', key, '-out', cert]
  const names = ['-subj', '/CN=lab', '-addext', 'subjectAltName=DNS:registry.example,IP:127.0.0.1']
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const made = spawnSync(OPENSSL, ['req', '-x509', ...kind, ...names, ...files])
  assert.equal(made.status, 0, String(made.stderr))
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
  const child = spawn(process.execPath, [PROGRAM, key, cert], {
    env: { ...env, ...(trusting && { NODE_EXTRA_CA_CERTS: cert }) },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000,
  })
  return JSON.parse(await text(child.stdout)) as Record<string, unknown>
}

describe('test/interop/registry-tls: exchanges over TLS', { skip }, () => {
  it('bytes arrive both ways, sessions are resumed, another name is refused, proxies are tunnelled through', async (t) => {
    const all = {
      first: 'right',
      second: 'right',
      sent: 'right',
      otherName: 'REGISTRY_UNREACHABLE',
      tunnelled: 'right',
      resumed: true,
    }
    const host = 'registry.example:443'
    assert.deepEqual(await exchanges(t, true), { node: all, pump: all, tunnels: [host, host] })
  })

  it('a certificate nobody vouches for is refused', async (t) => {
    const no = 'REGISTRY_UNREACHABLE'
    const none = { first: no, second: no, sent: no, otherName: no, tunnelled: no, resumed: false }
    const host = 'registry.example:443'
    assert.deepEqual(await exchanges(t, false), { node: none, pump: none, tunnels: [host, host] })
  })
})
