import type { WaybillError } from '../base/index.ts'
import { failureDocument, failureText } from './failure.ts'
import type { GuardedWorld } from './guard.ts'
import { makePaint, wantsColour } from './paint.ts'
import { jsonText } from './render.ts'

/** An error for whoever asked: the CI system, a program that wants JSON, a person. Never throws. */
export async function tellFailure(
  failure: WaybillError,
  { ci, env, stdout, stderr }: GuardedWorld,
  asked: { readonly json: boolean; readonly noColor: boolean },
): Promise<void> {
  await ci.failed(failure)
  const isDebug = env.WAYBILL_DEBUG === '1'
  const paint = makePaint(wantsColour(stderr, env, asked.noColor))
  if (asked.json) stdout.write(jsonText(failureDocument(failure)))
  if (!asked.json || isDebug) stderr.write(failureText(failure, paint, isDebug))
}
