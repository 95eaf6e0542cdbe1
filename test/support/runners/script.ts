import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Ended {
  readonly code: number
  readonly log: string
}

let scripts = 0

/** Runs a script as an agent does: from a file, in exactly this environment, both outputs in one log. */
export async function runScript(
  text: string,
  shell: readonly [string, ...string[]],
  { folder, directory, env }: { folder: string; directory: string; env: Readonly<Record<string, string>> },
): Promise<Ended> {
  const file = join(folder, `script-${scripts++}.sh`)
  writeFileSync(file, `${text}\n`)
  const [program, ...flags] = shell
  const child = spawn(program, [...flags, file], { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (log += chunk))
  const code = await new Promise<number>((done, failed) => {
    child.on('error', failed)
    child.on('close', (ended) => done(ended ?? 1))
  })
  return { code, log }
}
