import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

/** Asks for one line without showing what is typed. undefined when there is no terminal to ask at. */
export async function askSecret(
  question: string,
  host: Pick<NodeJS.Process, 'stdin' | 'stderr' | 'kill' | 'pid'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!host.stdin.isTTY || !host.stderr.isTTY) return undefined
  host.stderr.write(question)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: host.stdin, output: nowhere, terminal: true })
  // In raw mode the terminal sends Ctrl-C as a byte; pass it on as the signal it means.
  reader.on('SIGINT', () => host.kill(host.pid, 'SIGINT'))
  try {
    return await reader.question('', { signal })
  } finally {
    reader.close()
    host.stderr.write('\n')
  }
}
