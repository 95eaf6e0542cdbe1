import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createService } from '../src/server.js'

describe('service', () => {
  const server = createService({ version: '1.2.3' })
  let base = ''

  before(async () => {
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${server.address().port}`
  })
  after(() => {
    server.close()
    server.closeAllConnections()
  })

  const post = (body) => fetch(`${base}/orders`, { method: 'POST', body })

  it('is healthy and says its version', async () => {
    const answer = await fetch(`${base}/healthz`)
    assert.equal(answer.status, 200)
    assert.deepEqual(await answer.json(), { status: 'ok', version: '1.2.3', orders: 0 })
  })

  it('places an order and shows it at its location', async () => {
    const placed = await post(JSON.stringify({ lines: [{ item: 'tea', quantity: 3, price: 100 }] }))
    assert.equal(placed.status, 201)
    const shown = await fetch(base + placed.headers.get('location'))
    assert.deepEqual(await shown.json(), await placed.json())
  })

  it('says what is wrong with an order', async () => {
    const answer = await post(JSON.stringify({ lines: [] }))
    assert.equal(answer.status, 400)
    assert.match((await answer.json()).error, /at least one line/)
  })

  it('refuses a body that is not JSON or too large', async () => {
    assert.equal((await post('tea')).status, 400)
    assert.equal((await post(' '.repeat(70_000))).status, 400)
  })

  it('knows its pages and methods', async () => {
    assert.equal((await fetch(`${base}/orders/999`)).status, 404)
    assert.equal((await fetch(`${base}/nothing`)).status, 404)
    const answer = await fetch(`${base}/orders`)
    assert.equal(answer.status, 405)
    assert.equal(answer.headers.get('allow'), 'POST')
  })
})
