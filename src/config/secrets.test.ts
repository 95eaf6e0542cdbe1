import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isFailure } from '../base/index.ts'
import { generateKey } from '../signing/index.ts'
import { configErrors, loadConfig } from './index.ts'

const SECRET = 'hunter2'
const PEM = generateKey().privateKeyPem

/** Things written where they do not belong, each with a secret in it. */
const MISPLACED: Readonly<Record<string, object>> = {
  'a key instead of where it is': { sign: { promotion: PEM } },
  'a password as text': { sign: { promotion: { key: 'env://K', password: SECRET } } },
  'an address with a password as source': {
    applications: { a: { source: `https://u:${SECRET}@x.example/a` } },
  },
  'an address with a password as repository': {
    environments: { dev: { accepts: 'build', repository: `https://u:${SECRET}@x.example/{application}` } },
  },
  'an address with a password as time-stamp authority': { timestamp: `https://u:${SECRET}@x.example/` },
  'an address with a password as certificate authority': {
    sign: {
      build: {
        keyless: { fulcio: `https://u:${SECRET}@x.example/`, identityToken: 'github', tsa: 'http://t/' },
      },
    },
  },
  'an address with a password as a list': { environments: `https://u:${SECRET}@x.example/a` },
}

describe('a mistake in waybill.yaml', () => {
  for (const [what, change] of Object.entries(MISPLACED)) {
    it(`${what}: no message repeats the secret`, async (t) => {
      const directory = await mkdtemp(join(tmpdir(), 'waybill-secrets-'))
      t.after(() => rm(directory, { recursive: true, force: true }))
      const file = join(directory, 'waybill.yaml')
      const good = {
        version: 1,
        applications: { a: {} },
        environments: { dev: { accepts: 'build', repository: 'x.example/{application}' } },
        trust: 'trust.yaml',
      }
      await writeFile(file, JSON.stringify({ ...good, ...change }))
      await assert.rejects(loadConfig(file), (error) => {
        assert.ok(isFailure(error, configErrors.CONFIG_INVALID))
        const told = JSON.stringify([error.message, error.where, error.next, error.detail])
        for (const secret of [SECRET, PEM.slice(40, 70)]) assert.ok(!told.includes(secret), told)
        return true
      })
    })
  }
})

describe('a file that waybill.yaml names', () => {
  const trustOf = (entry: object) =>
    JSON.stringify({ version: 1, signers: [{ id: 'a', mayAssert: ['pass'], ...entry }] })
  const root = { kind: 'keyless', identity: 'a', issuer: 'https://i.example', trustedRoot: 'secret' }
  const cases: Readonly<Record<string, string | undefined>> = {
    'is read as trust policy': undefined,
    'is read as key': trustOf({ kind: 'key', key: 'secret' }),
    'is read as trusted root': trustOf(root),
    'is a device': trustOf({ kind: 'key', key: '/dev/zero' }),
  }
  for (const [what, trust] of Object.entries(cases)) {
    it(`${what}: its text is in no message`, { timeout: 20_000 }, async (t) => {
      const directory = await mkdtemp(join(tmpdir(), 'waybill-secrets-'))
      t.after(() => rm(directory, { recursive: true, force: true }))
      await writeFile(join(directory, 'secret'), `${SECRET}=1\n`)
      await writeFile(join(directory, 'trust.yaml'), trust ?? '')
      const config = {
        version: 1,
        applications: { a: {} },
        environments: { dev: { accepts: 'build', repository: 'x.example/{application}' } },
        trust: trust === undefined ? 'secret' : 'trust.yaml',
      }
      await writeFile(join(directory, 'waybill.yaml'), JSON.stringify(config))
      await assert.rejects(loadConfig(join(directory, 'waybill.yaml')), (error) => {
        assert.ok(isFailure(error))
        assert.equal(error.exit, 2)
        const told = JSON.stringify([error.message, error.where, error.next, error.detail])
        assert.ok(!told.includes(SECRET), told)
        return true
      })
    })
  }

  it('may be waybill.yaml itself: a pipe or device is refused', { timeout: 20_000 }, async () => {
    await assert.rejects(loadConfig('/dev/zero'), { code: 'CONFIG_MISSING' })
  })
})
