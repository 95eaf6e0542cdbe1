import { randomBytes } from 'node:crypto'
import { appendFile, stat } from 'node:fs/promises'
import { printable, printableLine } from '../../base/index.ts'
import { cutMarkdown } from '../../report/index.ts'
import { plainLog } from './ci-system.ts'
import type { CiSystem, Values } from './ci-system.ts'
import { sourcePath } from './source-path.ts'

/** "Job summaries are isolated between steps and each step is restricted to a maximum size of 1MiB." */
const SUMMARY_BYTES = 1024 * 1024
const WORTH_SHOWING = 1024

/**
 * GitHub Actions. A command is a line that begins with `::`, blanks before it or not, or has `##[` anywhere
 * (actions/runner ActionCommand.cs); how texts are encoded in one: actions/toolkit packages/core/src/command.ts.
 */
export function github(env: NodeJS.ProcessEnv, cwd: string): CiSystem {
  return {
    ...plainLog,
    groupStart: (title) => `::group::${data(printableLine(title))}\n`,
    groupEnd: () => '::endgroup::\n',
    notice: ({ severity, title, message, file, line, column }) => {
      const place = { file: file && sourcePath(file, env.GITHUB_WORKSPACE, cwd), line, col: column }
      const given = Object.entries({ ...place, title }).filter(([, value]) => value !== undefined)
      const properties = given.map(([name, value]) => `${name}=${property(String(value))}`)
      return `::${severity} ${properties.join(',')}::${data(message)}\n`
    },
    outputs: async (values) => {
      if (env.GITHUB_OUTPUT) await appendFile(env.GITHUB_OUTPUT, entries(values))
      return ''
    },
    summary: async (_name, markdown) => {
      if (env.GITHUB_STEP_SUMMARY) await appendSummary(env.GITHUB_STEP_SUMMARY, markdown)
      return ''
    },
  }
}

/** Each value between two lines that nobody could know beforehand. */
function entries(values: Values): string {
  return Object.entries(values)
    .map(([name, value]) => {
      const end = `waybill_${randomBytes(16).toString('hex')}`
      return `${name}<<${end}\n${value}\n${end}\n`
    })
    .join('')
}

/** A file that is too large is not shown at all: what others wrote there before must stay to be seen. */
async function appendSummary(file: string, markdown: string): Promise<void> {
  const used = await stat(file).then(
    ({ size }) => size,
    () => 0,
  )
  const room = SUMMARY_BYTES - used - 1
  if (room >= WORTH_SHOWING) await appendFile(file, `${cutMarkdown(markdown, room)}\n`)
}

function data(text: string): string {
  return printable(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
