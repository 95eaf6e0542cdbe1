// Starts the service, or takes the one at SMOKE_URL, and checks that an order can be placed and read back.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'

const main = fileURLToPath(new URL('src/main.js', import.meta.url))
const given = process.env.SMOKE_URL
const service = given ? undefined : start()
const timer = setTimeout(() => finish('no answer within 15 s'), 15_000)

try {
  const base = given ?? (await service.address)
  await check(base)
  finish()
} catch (error) {
  finish(error.message)
}

function start() {
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const address = Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([line]) => `http://127.0.0.1:${/\d+$/.exec(line)[0]}`),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the service ended with code ${code}`))),
  ])
  return { child, address }
}

async function check(base) {
  const health = await fetch(`${base}/healthz`)
  if (health.status !== 200) throw new Error(`GET /healthz answered ${health.status}, expected 200`)
  const body = JSON.stringify({ lines: [{ item: 'smoke', quantity: 2, price: 21 }] })
  const placed = await fetch(`${base}/orders`, { method: 'POST', body })
  if (placed.status !== 201) throw new Error(`POST /orders answered ${placed.status}, expected 201`)
  const order = await (await fetch(base + placed.headers.get('location'))).json()
  if (order.total !== 42) throw new Error(`the order's total is ${order.total}, expected 42`)
}

function finish(problem) {
  clearTimeout(timer)
  service?.child.kill()
  if (problem) console.error(`smoke: failed: ${problem}`)
  else console.log('smoke: ok')
  process.exit(problem ? 1 : 0)
}
