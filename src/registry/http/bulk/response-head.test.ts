import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isFailure } from '../../../base/index.ts'
import { cpuTime } from '../../../../test/support/cpu-time.ts'
import { registryErrors } from '../../errors.ts'
import { ChunkedReader } from './chunked.ts'
import { framingOf, keptFor } from './framing.ts'
import { HeadReader } from './response-head.ts'

const url = new URL('http://r.example/v2/')

/** Cuts bytes at these places (any numbers will do). */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b)
  return [...at, bytes.length].map((end, index) => bytes.subarray(at[index - 1] ?? 0, end))
}

/** What reading these pieces comes to: the head and how many bytes it took, an error of ours, or not enough. */
function outcome(pieces: readonly Buffer[]): unknown {
  const reader = new HeadReader(url)
  let before = 0
  try {
    for (const piece of pieces) {
      const found = reader.push(piece)
      if (found) return { head: found.head, used: before + found.used, framing: framed(found.head) }
      before += piece.length
    }
    return 'more'
  } catch (error) {
    assert.ok(isFailure(error, registryErrors.REGISTRY_ANSWER_INVALID), String(error))
    return error.code
  }
}

function framed(head: Parameters<typeof framingOf>[1]): unknown {
  try {
    return [framingOf('GET', head, url), framingOf('HEAD', head, url), keptFor(head)]
  } catch (error) {
    assert.ok(isFailure(error, registryErrors.REGISTRY_ANSWER_INVALID), String(error))
    return error.code
  }
}

const fragment = fc.constantFrom(
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.0 404\r\n',
  'HTTP/2 200\r\n',
  'Content-Length: 5\r\n',
  'content-length:\t7 \r\n',
  'Transfer-Encoding: chunked\r\n',
  'Location: /a b\r\n',
  ' folded\r\n',
  'x:\r\n',
  '\r\n',
  '\n',
  '\r',
  '\0',
  ': ',
  'é',
)
const almost = fc.array(fragment, { maxLength: 8 }).map((parts) => `HTTP/1.1 200 OK\r\n${parts.join('')}\r\n`)
const hostile = fc
  .oneof(
    fc.array(fragment, { maxLength: 10 }).map((parts) => parts.join('')),
    almost,
    fc.string(),
  )
  .map((text) => Buffer.from(text, 'latin1'))

describe('src/registry/http/bulk: the head of an answer', () => {
  it('is the same however the bytes are cut, and never anything but a head or an error of ours', () => {
    fc.assert(
      fc.property(hostile, fc.array(fc.nat(), { maxLength: 20 }), (bytes, places) => {
        assert.deepEqual(outcome(cut(bytes, places)), outcome([bytes]))
      }),
      { numRuns: 500 },
    )
  })

  it('leaves the bytes after it alone', () => {
    const bytes = Buffer.from('HTTP/1.1 200 OK\r\nA: 1\r\na:  2 \r\n\r\nbody')
    const found = new HeadReader(url).push(bytes)
    assert.equal(bytes.subarray(found?.used).toString(), 'body')
    assert.deepEqual(found?.head.fields.get('a'), ['1', '2'])
  })

  const head = (...lines: string[]) => ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n')
  const refused: readonly (readonly [string, string])[] = [
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['HTTP/2', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['lines that end in LF', 'HTTP/1.1 200 OK\nA: 1\n\n'],
    ['CR in a value', head('A: 1\r2')],
    ['NUL in a value', head('A: 1\0')],
    ['a folded line', head('A: 1', ' 2')],
    ['a space before the colon', head('A : 1')],
    ['no colon', head('A')],
    ['no name', head(': 1')],
    ['more than 64 KiB', head(`A: ${'x'.repeat(70_000)}`)],
    ['more than 256 headers', head(...Array.from({ length: 257 }, (_, index) => `A: ${index}`))],
  ]
  for (const [name, text] of refused)
    it(`${name}: REGISTRY_ANSWER_INVALID`, () =>
      assert.equal(outcome([Buffer.from(text, 'latin1')]), 'REGISTRY_ANSWER_INVALID'))

  const misframed: readonly (readonly [string, string])[] = [
    ['two lengths', head('Content-Length: 5', 'Content-Length: 6')],
    ['the same length twice', head('Content-Length: 5', 'Content-Length: 5')],
    ['a list of lengths', head('Content-Length: 5, 5')],
    ['a signed length', head('Content-Length: +5')],
    ['a length no number holds', head('Content-Length: 99999999999999999999')],
    ['length and coding', head('Content-Length: 5', 'Transfer-Encoding: chunked')],
    ['an unknown coding', head('Transfer-Encoding: gzip, chunked')],
    ['a coding in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ]
  for (const [name, text] of misframed)
    it(`${name}: REGISTRY_ANSWER_INVALID`, () => {
      const found = outcome([Buffer.from(text)]) as { readonly framing: unknown }
      assert.equal(found.framing, 'REGISTRY_ANSWER_INVALID')
    })

  it('is read in linear time', () => {
    const started = cpuTime()
    const reader = new HeadReader(url)
    const bytes = Buffer.from(`HTTP/1.1 200 OK\r\nA: ${'\t'.repeat(60_000)}x\r\n\r\n`)
    for (const byte of bytes) reader.push(Buffer.of(byte))
    assert.ok(cpuTime() - started < 2000)
  })
})

describe('src/registry/http/bulk: chunked answers', () => {
  function decoded(pieces: readonly Buffer[]): unknown {
    const reader = new ChunkedReader(url)
    try {
      const data = pieces.flatMap((piece) => [...reader.push(piece)].map((part) => Buffer.from(part)))
      return [Buffer.concat(data).toString('latin1'), reader.done]
    } catch (error) {
      assert.ok(isFailure(error, registryErrors.REGISTRY_ANSWER_INVALID), String(error))
      return error.code
    }
  }

  it('any data comes through, however it is chunked and cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (chunks, places) => {
          const parts = chunks.flatMap((chunk) => [`${chunk.length.toString(16)};x=1\r\n`, chunk, '\r\n'])
          const coded = Buffer.concat(
            [...parts, '0\r\nTrailer: 1\r\n\r\n'].map((part) => Buffer.from(part as string)),
          )
          const data = Buffer.concat(chunks).toString('latin1')
          assert.deepEqual(decoded(cut(coded, places)), [data, true])
        },
      ),
    )
  })

  it('broken coding is an error of ours or not the end, however it is cut', () => {
    const piece = fc.constantFrom(
      '5\r\nhello\r\n',
      '0\r\n\r\n',
      '0\r\n',
      '\r\n',
      '\n',
      'fffffffff\r\n',
      '-1\r\n',
      ';',
      'x',
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (parts, places) => {
          const bytes = Buffer.from(parts.join(''))
          assert.deepEqual(decoded(cut(bytes, places)), decoded([bytes]))
        },
      ),
    )
  })

  for (const text of [
    '5\nhello',
    '5 5\r\n',
    '\r\n',
    '1\r\nab\r\n',
    '5\r\nhelloX',
    '0\r\n\r\nHTTP/1.1 200 OK',
  ])
    it(`${JSON.stringify(text)}: refused`, () => {
      const found = decoded([Buffer.from(`${text}\r\n`)])
      assert.equal(found, 'REGISTRY_ANSWER_INVALID')
    })
})
