import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { HostPressure } from './pressure.ts'
import type { PressureTime, Turn, Verb } from './pressure.ts'
import { askedPause } from './slow-down.ts'

/** A clock that is moved by hand. */
class Clock implements PressureTime {
  #now = 0
  #alarms: { readonly at: number; readonly work: () => void }[] = []

  now(): number {
    return this.#now
  }

  random(): number {
    return 0.5
  }

  after(milliseconds: number, work: () => void): () => void {
    const alarm = { at: this.#now + milliseconds, work }
    this.#alarms.push(alarm)
    return () => (this.#alarms = this.#alarms.filter((one) => one !== alarm))
  }

  async pass(milliseconds: number): Promise<void> {
    this.#now += milliseconds
    const due = this.#alarms.filter(({ at }) => at <= this.#now)
    this.#alarms = this.#alarms.filter(({ at }) => at > this.#now)
    for (const { work } of due) work()
    await turnOfTheLoop()
  }
}

/** Asks for so many turns; those that were given are in the list. */
async function ask(host: HostPressure, count: number, verb: Verb = 'read'): Promise<Turn[]> {
  const turns: Turn[] = []
  for (let asked = 0; asked < count; asked++) void host.enter(verb).then((turn) => turns.push(turn))
  await turnOfTheLoop()
  return turns
}

function finish(turns: Turn[], how: 'good' | 'bad'): void {
  for (const turn of turns.splice(0)) {
    turn[how]()
    turn.leave()
  }
}

describe('src/registry/http: pressure', () => {
  it('begins with 16 of each kind of metadata and 4 of each kind of bytes', async () => {
    const host = new HostPressure(new Clock())
    const verbs = ['read', 'write', 'bytes-in', 'bytes-out'] as const
    const given = await Promise.all(verbs.map(async (verb) => (await ask(host, 40, verb)).length))
    assert.deepEqual(given, [16, 16, 4, 4])
  })

  it('opens with success up to 32, and no further', async () => {
    const host = new HostPressure(new Clock())
    const turns = await ask(host, 2000)
    let most = 0
    for (let rounds = 0; rounds < 40 && turns.length > 0; rounds++) {
      most = Math.max(most, turns.length)
      finish(turns, 'good')
      await turnOfTheLoop()
    }
    assert.equal(most, 32)
  })

  it('does not open while the window is not used', async () => {
    const host = new HostPressure(new Clock())
    for (let single = 0; single < 50; single++) finish(await ask(host, 1), 'good')
    assert.equal((await ask(host, 40)).length, 16)
  })

  it('halves once for all that were under way together, down to one at a time', async () => {
    const host = new HostPressure(new Clock())
    const turns = await ask(host, 40)
    const windows: number[] = []
    for (let rounds = 0; rounds < 6; rounds++) {
      windows.push(turns.length)
      finish(turns, 'bad')
      await turnOfTheLoop()
    }
    assert.deepEqual(windows, [16, 8, 4, 2, 1, 1])
  })

  it('one pause is for everybody, and a little longer than asked', async () => {
    const clock = new Clock()
    const host = new HostPressure(clock)
    host.pause(1000)
    const reads = await ask(host, 1)
    const writes = await ask(host, 1, 'write')
    await clock.pass(1001)
    assert.equal(reads.length + writes.length, 0)
    await clock.pass(100)
    assert.equal(reads.length + writes.length, 2)
  })

  it('nobody waits for ever behind a turn that is never left', async () => {
    const clock = new Clock()
    const turns = await ask(new HostPressure(clock), 17)
    assert.equal(turns.length, 16)
    await clock.pass(30_000)
    assert.equal(turns.length, 17)
  })

  it('who is cancelled leaves the line; a turn left twice counts once', async () => {
    const host = new HostPressure(new Clock())
    const turns = await ask(host, 16)
    const cancelled = host.enter('read', AbortSignal.abort(new Error('over')))
    await assert.rejects(cancelled, /over/)
    const controller = new AbortController()
    const waiting = host.enter('read', controller.signal)
    controller.abort(new Error('enough'))
    await assert.rejects(waiting, /enough/)
    turns[0]?.leave()
    turns[0]?.leave()
    assert.equal((await ask(host, 3)).length, 1)
  })
})

describe('src/registry/http: what a host asks for', () => {
  const now = new Date('2026-01-02T03:04:05Z')
  const reset = Math.floor(now.getTime() / 1000) + 9
  const cases: readonly (readonly [number, Record<string, string>, number | undefined])[] = [
    [429, { 'retry-after': '7' }, 7000],
    [503, { 'retry-after': 'Fri, 02 Jan 2026 03:04:15 GMT' }, 10_000],
    [200, { 'retry-after': '7' }, undefined],
    [429, {}, undefined],
    [200, { 'ratelimit-remaining': '0', 'ratelimit-reset': '30' }, 30_000],
    [200, { 'ratelimit-remaining': '0;w=60', 'ratelimit-reset': String(reset) }, 9000],
    [200, { 'ratelimit-remaining': '1', 'ratelimit-reset': '30' }, undefined],
    [200, { 'ratelimit-remaining': '0' }, undefined],
    [200, { 'ratelimit-remaining': '0', 'ratelimit-reset': 'soon' }, undefined],
  ]
  for (const [status, headers, expected] of cases)
    it(`${status} ${JSON.stringify(headers)}`, () => {
      const header = (name: string) => headers[name]
      const body = (async function* () {})()
      const answer = { status, url: new URL('http://r.example'), body, header, headers: () => [] }
      assert.equal(askedPause(answer, now), expected)
    })
})
