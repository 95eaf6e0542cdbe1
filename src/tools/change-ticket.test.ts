import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { changeSystem, json } from '../../test/support/change-system.ts'
import type { ChangeSystem } from '../../test/support/change-system.ts'
import { askChangeTicket } from './index.ts'

const signal = new AbortController().signal

function ask({ origin }: ChangeSystem, more: Partial<Parameters<typeof askChangeTicket>[0]> = {}) {
  const url = `${origin}/api/change/{ticket}?fields=state`
  return askChangeTicket({ url, ticket: 'CHG0012345', authorization: 'Bearer hunter2', signal, ...more })
}

describe('src/tools/change-ticket', () => {
  it('asks once, with the token, and hands on what it is told', async (t) => {
    const system = await changeSystem(t)
    system.answer = json({ result: { state: 'approved' } })
    assert.deepEqual(await ask(system), { answer: { result: { state: 'approved' } } })
    assert.deepEqual(system.asked, [
      { path: '/api/change/CHG0012345?fields=state', authorization: 'Bearer hunter2' },
    ])
  })

  it('a name cannot leave its place in the address', async (t) => {
    const system = await changeSystem(t)
    await ask(system, { ticket: 'a/../b?c#d' })
    assert.deepEqual(
      system.asked.map(({ path }) => path),
      ['/api/change/a%2F..%2Fb%3Fc%23d?fields=state'],
    )
  })

  it('404 is an answer, everything else is none', async (t) => {
    const system = await changeSystem(t)
    assert.deepEqual(await ask(system), { absent: true })
    for (const status of [201, 204, 400, 401, 403, 410, 429, 500, 503]) {
      system.answer = (_, response) => void response.writeHead(status).end()
      assert.deepEqual(Object.keys(await ask(system)), ['problem'], String(status))
    }
  })

  it('no redirect is followed, so the token goes nowhere else', async (t) => {
    const system = await changeSystem(t)
    const other = await changeSystem(t)
    for (const status of [301, 302, 303, 307, 308]) {
      system.answer = (_, response) =>
        void response.writeHead(status, { location: `${other.origin}/x` }).end()
      const told = await ask(system)
      assert.match('problem' in told ? told.problem : '', new RegExp(`answered ${status}, a redirect`))
    }
    assert.deepEqual(other.asked, [])
  })

  it('bodies that are too large, cut off, or no strict JSON are problems', async (t) => {
    const system = await changeSystem(t)
    const bodies: Readonly<Record<string, [ChangeSystem['answer'], RegExp]>> = {
      large: [
        (_, response) => void response.writeHead(200).end(Buffer.alloc(5 * 1024 * 1024, 32)),
        /more than 4194304 bytes/,
      ],
      'cut off': [
        (_, response) => {
          response.writeHead(200, { 'content-length': '100' }).write('{')
          setTimeout(() => response.destroy(), 20)
        },
        /connection failed/,
      ],
      html: [(_, response) => void response.writeHead(200).end('<html>sign in</html>'), /Not JSON/],
      empty: [(_, response) => void response.writeHead(200).end(), /Not JSON/],
      twice: [
        (_, response) => void response.writeHead(200).end('{"state":"new","state":"approved"}'),
        /twice/,
      ],
      deep: [
        (_, response) => void response.writeHead(200).end(`${'['.repeat(100)}${']'.repeat(100)}`),
        /nesting/,
      ],
      'no UTF-8': [
        (_, response) => void response.writeHead(200).end(Buffer.from([0x22, 0xff, 0x22])),
        /UTF-8/,
      ],
    }
    for (const [name, [answer, problem]] of Object.entries(bodies)) {
      system.answer = answer
      const told = await ask(system)
      assert.match('problem' in told ? told.problem : JSON.stringify(told), problem, name)
      assert.doesNotMatch(JSON.stringify(told), /hunter2/)
    }
  })

  it('one that never answers is given up, and so is one that never ends', async (t) => {
    const system = await changeSystem(t)
    const silent: ChangeSystem['answer'] = () => {}
    const endless: ChangeSystem['answer'] = (_, response) => {
      const writing = setInterval(() => response.write(' '), 10)
      response.writeHead(200).on('close', () => clearInterval(writing))
    }
    for (const answer of [silent, endless]) {
      system.answer = answer
      assert.deepEqual(await ask(system, { timeout: 100 }), { problem: 'no answer within 0.1 seconds' })
    }
  })

  it('nobody there is a problem; an interruption is not an answer at all', async (t) => {
    const told = await askChangeTicket({
      url: 'http://127.0.0.1:1/{ticket}',
      ticket: 'A',
      authorization: undefined,
      signal,
    })
    assert.match('problem' in told ? told.problem : '', /^the connection failed/)
    const system = await changeSystem(t)
    system.answer = () => {}
    const interrupted = new AbortController()
    const asking = ask(system, { signal: interrupted.signal })
    interrupted.abort(new Error('enough'))
    await assert.rejects(asking, /enough/)
  })
})
