import { limits } from '../../base/index.ts'
import type { Send } from '../../cloud/index.ts'
import type { SendExchange } from '../auth/credentials.ts'
import { bodyOf } from './answer.ts'

/** Sends as clouds are asked: each answer is read whole, or cut off when it is too long. */
export function wholeAnswers(send: SendExchange): Send {
  return async (request) => {
    const answer = await send(request)
    const body = await bodyOf(answer, limits.answerBytes)
    return { status: answer.status, body, header: (name) => answer.header(name) }
  }
}
