import { createInterface } from 'node:readline/promises'

/** Asks for one line; nothing typed means the fallback. undefined when there is no terminal to ask at. */
export async function askLine(
  question: string,
  fallback: string,
  host: Pick<NodeJS.Process, 'stdin' | 'stderr' | 'kill' | 'pid'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!host.stdin.isTTY || !host.stderr.isTTY) return undefined
  const reader = createInterface({ input: host.stdin, output: host.stderr, terminal: true })
  reader.on('SIGINT', () => host.kill(host.pid, 'SIGINT'))
  try {
    const shown = fallback === '' ? '' : ` [${fallback}]`
    return (await reader.question(`${question}${shown}: `, { signal })).trim() || fallback
  } finally {
    reader.close()
  }
}
