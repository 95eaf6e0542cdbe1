import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sourceAddress } from './options.ts'

describe('sourceAddress', () => {
  for (const secret of [
    'https://user:hunter2@git.example.com/app',
    'https://hunter2@git.example.com/app',
    'HTTP://user:hunter2@git.example.com/app',
    'ssh://user:hunter2@git.example.com/app',
  ]) {
    it(`${secret.replace('hunter2', '…')}: refused, and not repeated`, () => {
      const read = sourceAddress.safeParse(secret)
      assert.equal(read.success, false)
      assert.doesNotMatch(JSON.stringify(read.error?.issues), /hunter2/)
    })
  }

  for (const plain of [
    'https://git.example.com/contoso/ordersvc',
    'https://git.example.com/@scope/app',
    'ssh://git@git.example.com/contoso/ordersvc',
    'git@git.example.com:contoso/ordersvc.git',
  ])
    it(`${plain}: accepted`, () => assert.equal(sourceAddress.parse(plain), plain))
})
