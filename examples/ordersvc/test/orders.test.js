import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createOrders, OrderProblem } from '../src/orders.js'

const tea = { item: 'tea', quantity: 2, price: 350 }

describe('orders', () => {
  it('numbers orders and adds them up in cents', () => {
    const orders = createOrders()
    const order = orders.place({ lines: [tea, { item: ' cup ', quantity: 1, price: 999 }] })
    assert.equal(order.id, '1')
    assert.equal(order.total, 1699)
    assert.equal(order.lines[1].item, 'cup')
    assert.equal(orders.place({ lines: [tea] }).id, '2')
    assert.equal(orders.count, 2)
  })

  it('finds what was placed and nothing else', () => {
    const orders = createOrders()
    const order = orders.place({ lines: [tea] })
    assert.equal(orders.find(order.id), order)
    assert.equal(orders.find('7'), undefined)
  })

  for (const [name, request] of Object.entries({
    'no body': undefined,
    'no lines': { lines: [] },
    'too many lines': { lines: Array.from({ length: 101 }, () => tea) },
    'no item': { lines: [{ ...tea, item: ' ' }] },
    'no quantity': { lines: [{ ...tea, quantity: 0 }] },
    'half a piece': { lines: [{ ...tea, quantity: 1.5 }] },
    'a negative price': { lines: [{ ...tea, price: -1 }] },
    'fractions of a cent': { lines: [{ ...tea, price: 0.1 }] },
  }))
    it(`refuses ${name}, and keeps nothing`, () => {
      const orders = createOrders()
      assert.throws(() => orders.place(request), OrderProblem)
      assert.equal(orders.count, 0)
    })
})
