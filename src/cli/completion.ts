import { proposeCompletions } from '@stricli/core'
import { buildFor } from './application.ts'

/** Proposals for the last of `words`, one `value<TAB>about` per line, as the shell scripts read them. */
export async function complete(words: readonly string[]): Promise<string> {
  const application = await buildFor(words, { runner: async () => {}, onFailure: () => {} })
  const nowhere = { write: () => {} }
  const found = await proposeCompletions(application, words, {
    process: { stdout: nowhere, stderr: nowhere },
  })
  return found.map(({ completion, brief }) => `${completion}\t${brief}\n`).join('')
}
