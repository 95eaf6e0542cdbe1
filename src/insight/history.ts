import { walkChain } from '../assessment/index.ts'
import { formatRepository } from '../oci/index.ts'
import { chainPlace } from '../promotion/index.ts'
import type { Parts } from '../promotion/index.ts'
import type { HistoryAnswer } from './answers.ts'
import { promotionEntry } from './entries.ts'

/** Every promotion into an environment, newest first, each record and link verified. @throws RECORD_* */
export async function history(
  question: { readonly application: string; readonly environment: string },
  parts: Parts,
): Promise<HistoryAnswer> {
  const stop = parts.stop(question.application, question.environment)
  const records = await Array.fromAsync(walkChain(chainPlace(stop, parts)))
  return {
    kind: 'history',
    application: stop.application,
    environment: stop.environment,
    repository: formatRepository(stop.repository),
    promotions: records.map((record, index) => promotionEntry(record, index === 0)),
  }
}
