// The service as it ships: started by its own main.js in a process of its own, spoken to over HTTP.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8'))

describe('ordersvc, end to end', () => {
  let service
  let base = ''

  before(async () => {
    const env = { ...process.env, PORT: '0', HOST: '127.0.0.1' }
    service = spawn(process.execPath, [at('src/main.js')], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(createInterface({ input: service.stdout }), 'line')
    base = `http://127.0.0.1:${/\d+$/.exec(line)[0]}`
  })
  after(() => service.kill())

  it('says which version runs', async () => {
    const health = await (await fetch(`${base}/healthz`)).json()
    assert.equal(health.version, version)
  })

  it('takes an order and gives it back', async () => {
    const body = JSON.stringify({ lines: [{ item: 'tea', quantity: 2, price: 350 }] })
    const placed = await fetch(`${base}/orders`, { method: 'POST', body })
    const order = await (await fetch(base + placed.headers.get('location'))).json()
    assert.equal(order.total, 700)
  })

  it('refuses nonsense without falling over', async () => {
    assert.equal((await fetch(`${base}/orders`, { method: 'POST', body: '{' })).status, 400)
    assert.equal((await fetch(`${base}/healthz`)).status, 200)
  })
})
