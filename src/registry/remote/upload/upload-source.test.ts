import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf } from '../../../oci/index.ts'
import type { BlobContent } from '../../store.ts'
import { UploadSource } from './upload-source.ts'

const ALL = Buffer.from('0123456789abcdefghij')
const descriptor = { mediaType: 'text/plain', digest: digestOf(ALL), size: ALL.length }

/** Chunks of 6 bytes in one buffer that is used again for each: a reader that keeps one reads other bytes. */
async function* lent(from: number): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = Buffer.alloc(6)
  for (let at = from; at < ALL.length; at += 6) yield buffer.subarray(0, ALL.copy(buffer, 0, at, at + 6))
}

function sourceOf(withFrom: boolean) {
  const log: string[] = []
  const open = async (): Promise<BlobContent> => {
    log.push('open')
    const from = (offset: number) => {
      log.push(`from ${offset}`)
      return lent(offset)
    }
    return { [Symbol.asyncIterator]: () => lent(0), ...(withFrom && { from }) }
  }
  return { log, source: new UploadSource(descriptor, open) }
}

async function text(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let found = ''
  for await (const chunk of chunks) found += Buffer.from(chunk).toString()
  return found
}

describe('registry/remote/upload: UploadSource', () => {
  it('gives pieces out of one reading, whatever the chunks', async () => {
    const { log, source } = sourceOf(true)
    assert.equal(await text(source.bytes(0, 7)), '0123456')
    assert.equal(await text(source.bytes(7, 8)), '7')
    assert.equal(await text(source.bytes(8, 20)), '89abcdefghij')
    assert.deepEqual(log, ['open'])
    assert.equal(source.sent, 20)
  })

  it('reads on from any byte when a body was left half read', async () => {
    const { log, source } = sourceOf(true)
    for await (const chunk of source.bytes(0, 20)) if (Buffer.from(chunk).includes('8')) break
    assert.equal(await text(source.bytes(3, 20)), '3456789abcdefghij')
    assert.deepEqual(log, ['open', 'from 3'])
  })

  it('reads from the start up to the byte where the content cannot begin later', async () => {
    const { log, source } = sourceOf(false)
    for await (const _ of source.bytes(0, 20)) break
    assert.equal(await text(source.bytes(13, 20)), 'defghij')
    assert.equal(await text(source.bytes(0, 20)), ALL.toString())
    assert.deepEqual(log, ['open', 'open', 'open'])
  })

  it('a body that was replaced while it waited says nothing any more', async () => {
    const gate = Promise.withResolvers<void>()
    let readings = 0
    const open = async (): Promise<BlobContent> =>
      (async function* () {
        if (readings++ === 0) await gate.promise
        yield* lent(0)
      })()
    const source = new UploadSource(descriptor, open)
    const first = text(source.bytes(0, 20))
    await new Promise((resolve) => setImmediate(resolve))
    const second = text(source.bytes(0, 20))
    gate.resolve()
    await assert.rejects(first, { code: 'SIZE_MISMATCH' })
    assert.equal(await second, ALL.toString())
    assert.equal(source.failure, undefined)
  })

  it('remembers a failure of its own until the next body', async () => {
    let fails = true
    const open = async (): Promise<BlobContent> => {
      if (fails) throw new Error('no source')
      return lent(0)
    }
    const source = new UploadSource(descriptor, open)
    await assert.rejects(source.whole(), /no source/)
    assert.match(String(source.failure), /no source/)
    fails = false
    assert.deepEqual(await source.whole(), ALL)
    assert.equal(source.failure, undefined)
  })
})
