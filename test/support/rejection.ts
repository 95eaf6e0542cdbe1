import assert from 'node:assert/strict'
import { WaybillError } from '../../src/base/index.ts'

/** The error of ours that this work must end with. */
export async function rejection(work: Promise<unknown>): Promise<WaybillError> {
  const error = await work.then(
    () => assert.fail('it should have failed'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof WaybillError, String(error))
  return error
}
