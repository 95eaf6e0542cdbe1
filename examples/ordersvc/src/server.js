import { createServer } from 'node:http'
import { createOrders, OrderProblem } from './orders.js'

const MAX_BODY = 64 * 1024

/**
 * The order service: GET /healthz, POST /orders, GET /orders/:id.
 * @param {{ version?: string, orders?: ReturnType<typeof createOrders> }} options
 */
export function createService({ version = 'unknown', orders = createOrders() } = {}) {
  return createServer((request, response) => {
    answer(request, { version, orders })
      .catch(problem)
      .then(({ status, body, headers }) => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers })
        response.end(`${JSON.stringify(body)}\n`)
      })
  })
}

async function answer(request, { version, orders }) {
  const { pathname } = new URL(request.url ?? '/', 'http://service')
  if (pathname === '/healthz')
    return only('GET', request, () => ({ status: 200, body: { status: 'ok', version, orders: orders.count } }))
  if (pathname === '/orders') return only('POST', request, () => place(request, orders))
  const id = /^\/orders\/(\d+)$/.exec(pathname)?.[1]
  if (id !== undefined) return only('GET', request, () => find(id, orders))
  return { status: 404, body: { error: 'no such page' } }
}

function only(method, request, work) {
  if (request.method === method) return work()
  return { status: 405, body: { error: `use ${method}` }, headers: { allow: method } }
}

async function place(request, orders) {
  const order = orders.place(await readJson(request))
  return { status: 201, body: order, headers: { location: `/orders/${order.id}` } }
}

function find(id, orders) {
  const order = orders.find(id)
  return order ? { status: 200, body: order } : { status: 404, body: { error: `no order ${id}` } }
}

async function readJson(request) {
  const chunks = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > MAX_BODY) throw new OrderProblem(`the body is over ${MAX_BODY} bytes`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new OrderProblem('the body is not JSON')
  }
}

function problem(error) {
  if (error instanceof OrderProblem) return { status: 400, body: { error: error.message } }
  console.error(error)
  return { status: 500, body: { error: 'internal error' } }
}
