const MAX_LINES = 100
const MAX_QUANTITY = 1000

/** What is wrong with an order, for the person who sent it. */
export class OrderProblem extends Error {}

/** Orders in memory, numbered from 1. */
export function createOrders() {
  const orders = new Map()
  return {
    /** Places an order. Prices are whole cents. @throws OrderProblem */
    place(request) {
      const lines = readLines(request)
      const order = {
        id: String(orders.size + 1),
        lines,
        total: lines.reduce((sum, line) => sum + line.quantity * line.price, 0),
      }
      orders.set(order.id, order)
      return order
    },

    /** The order, or undefined. */
    find(id) {
      return orders.get(id)
    },

    get count() {
      return orders.size
    },
  }
}

function readLines(request) {
  const lines = request?.lines
  if (!Array.isArray(lines) || lines.length === 0) throw new OrderProblem('an order needs at least one line')
  if (lines.length > MAX_LINES) throw new OrderProblem(`an order has at most ${MAX_LINES} lines`)
  return lines.map(readLine)
}

function readLine(line, index) {
  const { item, quantity, price } = line ?? {}
  const where = `line ${index + 1}`
  if (typeof item !== 'string' || item.trim() === '') throw new OrderProblem(`${where}: item is missing`)
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > MAX_QUANTITY)
    throw new OrderProblem(`${where}: quantity must be a whole number from 1 to ${MAX_QUANTITY}`)
  if (!Number.isSafeInteger(price) || price < 0)
    throw new OrderProblem(`${where}: price must be whole cents, 0 or more`)
  return { item: item.trim(), quantity, price }
}
