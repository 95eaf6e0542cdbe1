import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isFailure, limits } from '../base/index.ts'
import { temporaryDirectory } from '../../test/support/registries.ts'
import type { Cleanup } from '../../test/support/registries.ts'
import { identityToken, identityVariables } from './identity-token.ts'

const TOKEN = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9.c2ln'

/** The token service of a GitHub job. */
async function service(t: Cleanup, body: string, status = 200) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization}`)
    response.writeHead(status, { location: '/elsewhere' }).end(body)
  })
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening))
  t.after(() => new Promise<void>((closed) => void server.close(() => closed())))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?api-version=2.0`
  return {
    asked,
    env: { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer-secret' },
  }
}

const read = (source: string, env: NodeJS.ProcessEnv = {}, directory = '/') =>
  identityToken(source, { directory, env, signal: AbortSignal.timeout(20_000) })

function missing(about: RegExp) {
  return (error: unknown) => {
    assert.ok(isFailure(error))
    assert.deepEqual([error.code, error.exit], ['IDENTITY_TOKEN_MISSING', 2])
    assert.match(error.message, about)
    assert.doesNotMatch(JSON.stringify([error.message, error.next, error.where]), /secret/)
    return true
  }
}

describe('identity tokens', () => {
  it('github: asked for, with audience sigstore', async (t) => {
    const { asked, env } = await service(t, JSON.stringify({ count: 1, value: TOKEN }))
    assert.equal(await read('github', env), TOKEN)
    assert.deepEqual(asked, ['/token?api-version=2.0&audience=sigstore Bearer bearer-secret'])
  })

  it('gitlab, a variable, a file', async (t) => {
    const directory = await temporaryDirectory(t)
    writeFileSync(join(directory, 'token'), `${TOKEN}\n`)
    assert.equal(await read('gitlab', { SIGSTORE_ID_TOKEN: TOKEN }), TOKEN)
    assert.equal(await read('env://MINE', { MINE: TOKEN }), TOKEN)
    assert.equal(await read('token', {}, directory), TOKEN)
  })

  it('what is missing or is no token is said, and not shown', async (t) => {
    await assert.rejects(read('github'), missing(/id-token: write/))
    await assert.rejects(read('gitlab'), missing(/SIGSTORE_ID_TOKEN is not set/))
    await assert.rejects(read('env://MINE', { MINE: 'secret' }), missing(/no identity token/))
    await assert.rejects(read('nowhere'), missing(/Cannot read it/))
    const answers = ['{"value":"secret"}', '{"secret":', '{"value":1}']
    for (const body of answers) {
      const { env } = await service(t, body)
      await assert.rejects(read('github', env), missing(/./))
    }
    for (const status of [302, 403]) {
      const { env } = await service(t, 'secret', status)
      await assert.rejects(read('github', env), missing(/could not be asked/))
    }
  })

  it('github: only a safe address gets the token of the job, and no answer without end is read', async (t) => {
    const addresses = [
      'http://tokens.example/x',
      'ftp://127.0.0.1/x',
      'https://secret:secret@tokens.example/x',
      'not an address secret',
    ]
    for (const url of addresses) {
      const env = { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer-secret' }
      await assert.rejects(read('github', env), missing(/Expected an https address/))
    }
    const { env } = await service(t, JSON.stringify({ value: TOKEN, more: 'x'.repeat(limits.answerBytes) }))
    await assert.rejects(read('github', env), missing(/gave more than \d+ bytes/))
  })

  it('variables that sign are known', () => {
    assert.ok(identityVariables('env://MINE').includes('MINE'))
    assert.ok(identityVariables('github').includes('ACTIONS_ID_TOKEN_REQUEST_TOKEN'))
  })
})
