import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { printable, printableLine } from '../../base/index.ts'
import { cutMarkdown } from '../../report/index.ts'
import type { CiSystem } from './ci-system.ts'
import { sourcePath } from './source-path.ts'

const SUMMARY_BYTES = 1024 * 1024

/**
 * Azure Pipelines. A command is `##vso[` anywhere in a line (azure-pipelines-agent Command.cs); how texts are encoded in
 * one: azure-pipelines-task-lib node/taskcommand.ts, the percent sign as in docs/design/percentEncoding.md of the agent.
 */
export function azure(env: NodeJS.ProcessEnv, cwd: string): CiSystem {
  return {
    // Formatting commands are drawn as they stand; there is nothing to decode.
    groupStart: (title) => `##[group]${printableLine(title)}\n`,
    groupEnd: () => '##[endgroup]\n',
    notice: ({ severity, title, message, file, line, column }) => {
      const sourcepath = file && sourcePath(file, env.BUILD_SOURCESDIRECTORY, cwd)
      const properties = { type: severity, sourcepath, linenumber: line, columnnumber: column }
      return command('logissue', properties, `${title}: ${message}`)
    },
    outputs: async (values) =>
      Object.entries(values)
        .map(([variable, value]) => command('setvariable', { variable, isoutput: 'true' }, value))
        .join(''),
    summary: async (name, markdown) => {
      if (!env.AGENT_TEMPDIRECTORY) return ''
      // The agent reads the file some time after the command, and empties this folder after the job.
      const file = join(env.AGENT_TEMPDIRECTORY, `${name}-${randomBytes(4).toString('hex')}.md`)
      await writeFile(file, cutMarkdown(markdown, SUMMARY_BYTES), { flag: 'wx' })
      return command('uploadsummary', {}, file)
    },
  }
}

function command(
  name: string,
  properties: Readonly<Record<string, string | number | undefined>>,
  text: string,
) {
  const given = Object.entries(properties).filter(([, value]) => value !== undefined)
  const words = given.map(([key, value]) => `${key}=${property(String(value))};`).join('')
  return `##vso[task.${name}${words && ` ${words}`}]${data(text)}\n`
}

function data(text: string): string {
  return printable(text).replaceAll('%', '%AZP25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(']', '%5D').replaceAll(';', '%3B')
}
