import assert from 'node:assert/strict'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { digestOf } from '../../oci/index.ts'
import { temporaryDirectory } from '../../../test/support/registries.ts'
import { memoryDirectory } from './memory-directory.ts'
import { RegistryMemory } from './registry-memory.ts'

const HOST = 'registry.example.com:5000'
const MiB = 1024 * 1024
const BIG = digestOf('big')
const bigBlob = { mediaType: 'application/octet-stream', digest: BIG, size: 2 * MiB }

function filesIn(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

function factsFile(directory: string): string {
  const found = filesIn(directory).find((path) => path.endsWith('.facts.json'))
  assert.ok(found)
  return found
}

/** A memory that has learned something, saved. */
async function taught(t: TestContext): Promise<string> {
  const directory = await temporaryDirectory(t)
  const memory = new RegistryMemory(join(directory, 'kept'))
  const host = memory.host(HOST)
  host.abilities.mount = true
  host.abilities.singlePost = false
  host.abilities.chunkBytes = 5
  host.abilities.referrersApi = false
  host.noteHolder(bigBlob, { registry: HOST, name: 'team/app' })
  memory.content.put(digestOf('small'), Buffer.from('small'))
  await memory.save()
  return join(directory, 'kept')
}

describe('src/registry/memory: hints', () => {
  it('outlive the process, in files for their owner only', async (t) => {
    const directory = await taught(t)
    const host = new RegistryMemory(directory).host(HOST)
    assert.deepEqual(host.abilities, { mount: true, singlePost: false, chunkBytes: 5 })
    assert.deepEqual(host.holders(BIG), [{ registry: HOST, name: 'team/app' }])
    assert.equal(statSync(directory).mode & 0o777, 0o700)
    for (const path of filesIn(directory)) {
      assert.equal(statSync(path).mode & 0o777, 0o600)
      assert.equal(statSync(dirname(path)).mode & 0o777, 0o700)
    }
  })

  it('are about one registry', async (t) => {
    const other = new RegistryMemory(await taught(t)).host('registry.example.com')
    assert.deepEqual([other.abilities, other.holders(BIG)], [{}, []])
  })

  it('that say no are asked again after a week', async (t) => {
    const directory = await taught(t)
    const path = factsFile(directory)
    const old = new Date(Date.now() - 8 * 24 * 60 * 60 * 1000).toISOString()
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/20\d\d-[^"]+/g, old))
    const memory = new RegistryMemory(directory)
    const { abilities } = memory.host(HOST)
    assert.deepEqual({ ...abilities }, { mount: true })
    // Still so: noted with today's date.
    abilities.singlePost = false
    await memory.save()
    assert.deepEqual(new RegistryMemory(directory).host(HOST).abilities, { mount: true, singlePost: false })
  })

  it('of two processes at once are both kept', async (t) => {
    const directory = await taught(t)
    const [one, two] = [new RegistryMemory(directory), new RegistryMemory(directory)]
    one.host(HOST).abilities.multiTag = true
    two.host(HOST).abilities.selfMount = false
    one.host(HOST).noteHolder(bigBlob, { registry: HOST, name: 'one' })
    await one.save()
    await two.save()
    const host = new RegistryMemory(directory).host(HOST)
    assert.deepEqual(host.abilities, {
      mount: true,
      singlePost: false,
      chunkBytes: 5,
      multiTag: true,
      selfMount: false,
    })
    assert.deepEqual(
      host.holders(BIG).map(({ name }) => name),
      ['one', 'team/app'],
    )
  })

  const spoilt: Readonly<Record<string, (path: string) => void>> = {
    'cut off': (path) => writeFileSync(path, readFileSync(path).subarray(0, -3)),
    'no JSON of ours': (path) => writeFileSync(path, '{"version":1,"hints":[1,2]}'),
    'of another version': (path) => writeFileSync(path, readFileSync(path, 'utf8').replace('1', '7')),
    huge: (path) => writeFileSync(path, Buffer.alloc(6 * MiB, ' ')),
    'writable for others': (path) => chmodSync(path, 0o620),
    'a link': (path) => {
      const elsewhere = `${path}.real`
      writeFileSync(elsewhere, readFileSync(path), { mode: 0o600 })
      symlinkSync(elsewhere, `${path}.link`)
      renameSync(`${path}.link`, path)
    },
  }
  for (const [name, spoil] of Object.entries(spoilt))
    it(`in a file that is ${name} are ignored, and the file is written anew`, async (t) => {
      const directory = await taught(t)
      spoil(factsFile(directory))
      const memory = new RegistryMemory(directory)
      assert.deepEqual(memory.host(HOST).abilities, {})
      memory.host(HOST).abilities.mount = false
      await memory.save()
      assert.deepEqual(new RegistryMemory(directory).host(HOST).abilities, { mount: false })
    })

  it('with values nobody writes are ignored', async (t) => {
    const directory = await taught(t)
    const path = factsFile(directory)
    const hints = {
      'ability mount': 'perhaps 2026',
      'ability multiTag': 'no soon',
      challenge: '{"scheme":"x"}',
    }
    writeFileSync(path, JSON.stringify({ version: 1, hints }))
    const blobs = path.replace('.facts.', '.blobs.')
    writeFileSync(blobs, JSON.stringify({ version: 1, hints: { [BIG]: '../../v2 a/b A?b=c' } }))
    const host = new RegistryMemory(directory).host(HOST)
    assert.deepEqual(host.abilities, {})
    assert.equal(host.challenge, undefined)
    assert.deepEqual(host.holders(BIG), [{ registry: HOST, name: 'a/b' }])
  })

  it('are bounded, the oldest forgotten first', async (t) => {
    const directory = await temporaryDirectory(t)
    const digest = (index: number) => digestOf(String(index))
    for (const start of [0, 10_500]) {
      const memory = new RegistryMemory(directory)
      for (let index = start; index < start + 10_500; index++)
        memory.host(HOST).noteHolder({ ...bigBlob, digest: digest(index) }, { registry: HOST, name: 'app' })
      await memory.save()
    }
    const host = new RegistryMemory(directory).host(HOST)
    assert.deepEqual(
      [0, 999, 1_000, 20_999].map((index) => host.holders(digest(index)).length),
      [0, 0, 1, 1],
    )
  })

  it('cannot be kept in a place that cannot be written, and that is no failure', async (t) => {
    const directory = await temporaryDirectory(t)
    writeFileSync(join(directory, 'file'), '')
    for (const place of [join(directory, 'file', 'kept'), '/proc/nowhere']) {
      const memory = new RegistryMemory(place)
      memory.host(HOST).abilities.mount = true
      memory.content.put(digestOf('x'), Buffer.from('x'))
      await memory.save()
      assert.deepEqual(new RegistryMemory(place).host(HOST).abilities, {})
    }
  })

  it('of registries that never come back are swept', async (t) => {
    const directory = await temporaryDirectory(t)
    const registries = join(directory, 'registries')
    mkdirSync(registries, { mode: 0o700 })
    for (let index = 0; index < 500; index++) {
      const path = join(registries, `127.0.0.1%3A${index}.facts.json`)
      writeFileSync(path, '')
      utimesSync(path, index, index)
    }
    const memory = new RegistryMemory(directory)
    memory.host(HOST).abilities.mount = true
    await memory.save()
    const left = readdirSync(registries)
    assert.equal(left.length, 400)
    assert.ok(left.includes('127.0.0.1%3A499.facts.json') && !left.includes('127.0.0.1%3A0.facts.json'))
  })
})

describe('src/registry/memory: challenges', () => {
  const service = 'registry'
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['docker.io', 'https://auth.docker.io/token', true],
    ['registry.gitlab.com', 'https://gitlab.com/jwt/auth', true],
    ['127.0.0.1:5000', 'http://127.0.0.1:5001/token', true],
    ['[::1]:5000', 'http://[::1]:5001/token', true],
    // Credentials would go there on a file's word.
    ['shop.azurecr.io', 'https://evil.azurecr.io/token', false],
    ['registry.example.com', 'https://evil.com/token', false],
    ['registry.example.com', 'https://com/token', false],
    ['xregistry.example.com', 'https://registry.example.com/token', false],
    ['10.0.0.1', 'https://1/token', false],
    ['registry.example.com', 'no address', false],
  ]
  for (const [registry, realm, kept] of cases)
    it(`${registry} asking at ${realm} ${kept ? 'is' : 'is not'} kept`, async (t) => {
      const directory = await temporaryDirectory(t)
      const memory = new RegistryMemory(directory)
      memory.host(registry).noteChallenge({ scheme: 'bearer', parameters: { realm, service, scope: 's' } })
      await memory.save()
      const found = new RegistryMemory(directory).host(registry).challenge
      assert.deepEqual(found, kept ? { scheme: 'bearer', parameters: { realm, service } } : undefined)
    })

  it('that changed are forgotten', async (t) => {
    const directory = await temporaryDirectory(t)
    const memory = new RegistryMemory(directory)
    memory.host(HOST).noteChallenge({ scheme: 'basic', parameters: { realm: 'secret?' } })
    await memory.save()
    const again = new RegistryMemory(directory)
    assert.deepEqual(again.host(HOST).challenge, { scheme: 'basic', parameters: {} })
    again.host(HOST).noteChallenge({ scheme: 'bearer', parameters: { realm: 'https://evil.com/' } })
    await again.save()
    assert.equal(new RegistryMemory(directory).host(HOST).challenge, undefined)
  })
})

describe('src/registry/memory: content', () => {
  const small = digestOf('small')

  it('is found again, at once and in the next process', async (t) => {
    const directory = await taught(t)
    const { content } = new RegistryMemory(directory)
    assert.equal((await content.get(small))?.toString(), 'small')
    content.put(digestOf('new'), Buffer.from('new'))
    assert.equal((await content.get(digestOf('new')))?.toString(), 'new')
    await content.save()
  })

  it('that was changed, or is huge, is not what was asked for', async (t) => {
    const directory = await taught(t)
    const path = filesIn(join(directory, 'content'))[0] ?? ''
    for (const bytes of ['smalL', '', Buffer.alloc(2 * MiB)]) {
      writeFileSync(path, bytes)
      assert.equal(await new RegistryMemory(directory).content.get(small), undefined)
    }
  })

  it('put under a wrong digest, too big, or of another hash is not kept', async (t) => {
    const directory = await temporaryDirectory(t)
    const { content } = new RegistryMemory(directory)
    const big = Buffer.alloc(MiB + 1)
    content.put(small, Buffer.from('other'))
    content.put(digestOf(big), big)
    content.put(digestOf('x', 'sha512'), Buffer.from('x'))
    await content.save()
    assert.equal(await content.get(small), undefined)
    assert.equal(await content.get(digestOf(big)), undefined)
    assert.equal(await content.get(digestOf('x', 'sha512')), undefined)
  })

  it('is bounded: the oldest of a folder goes', async (t) => {
    const directory = await temporaryDirectory(t)
    const { content } = new RegistryMemory(directory)
    const folder = join(directory, 'content', 'sha256', 'aa')
    mkdirSync(folder, { recursive: true })
    for (const index of [1, 2, 3, 4]) {
      const path = join(folder, `aa${index}`)
      writeFileSync(path, Buffer.alloc(400 * 1024))
      utimesSync(path, index, index)
    }
    const added = findIn('aa')
    content.put(digestOf(added), Buffer.from(added))
    await content.save()
    const left = readdirSync(folder)
    assert.deepEqual(left.toSorted(), [digestOf(added).slice(7), 'aa3', 'aa4'].toSorted())
  })
})

/** A text whose digest is kept in this folder. */
function findIn(folder: string): string {
  for (let index = 0; ; index++)
    if (digestOf(`text ${index}`).startsWith(`sha256:${folder}`)) return `text ${index}`
}

describe('src/registry/memory: where it is', () => {
  it('is the cache folder of the user, another one, or nowhere', async (t) => {
    const home = await temporaryDirectory(t)
    assert.equal(memoryDirectory({ HOME: home }), join(home, '.cache', 'waybill'))
    assert.equal(memoryDirectory({ HOME: '/x', XDG_CACHE_HOME: join(home, 'c') }), join(home, 'c', 'waybill'))
    assert.equal(memoryDirectory({ HOME: home, XDG_CACHE_HOME: 'relative' }), join(home, '.cache', 'waybill'))
    assert.equal(memoryDirectory({ HOME: home, WAYBILL_CACHE: '/elsewhere' }), '/elsewhere')
    assert.equal(memoryDirectory({ HOME: home, WAYBILL_CACHE: 'off' }), undefined)
    assert.equal(memoryDirectory({ HOME: join(home, 'gone') }), undefined)
    assert.equal(memoryDirectory({}), undefined)
  })
})
