import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Program, ToolCall } from '../programs/program.ts'
import { runProgram } from '../programs/run-program.ts'
import { hadolintReader } from '../reports/hadolint.ts'
import { heardOf, reportOf } from './report-of.ts'
import { setAside } from './set-aside.ts'
import type { Site, SourceLook } from './source-look.ts'

export const hadolint: Program = {
  name: 'hadolint',
  executables: ['hadolint'],
  versionArguments: ['--version'],
  readVersion: (printed) => /Linter\s+(?:v|.*\s)?(\d+\.\d+\.\d+\S*)/.exec(printed)?.[1],
  refused: [],
  sees: [],
  env: {},
}

export interface HadolintSettings {
  /** Relative to the tree. */
  readonly files: readonly string[]
  /** Absolute; default: none, also not the tree's. */
  readonly config?: string | undefined
}

/** hadolint over all the Dockerfiles at once, deaf to `# hadolint ignore=`; a second run tells what that sets aside. */
export function hadolintLook(settings: HadolintSettings): SourceLook {
  const call: SourceLook['call'] = (_tool, site) =>
    Promise.resolve(callOf(['--disable-ignore-pragma'], 'hadolint.json', settings, site))
  return {
    program: hadolint,
    call,
    look: async (tool, site, world, hints) => {
      await writeFile(noConfig(site), '{}\n')
      const run = await runProgram(tool, await call(tool, site, world), world)
      const heard = await heardOf(tool, callOf([], 'lenient.json', settings, site), world)
      const hushed = heard && hadolintReader.read(heard, hints)
      const claims = hadolintReader.read(reportOf(run), setAside(hints, hushed, '# hadolint ignore'))
      return { run, claims }
    },
  }
}

function callOf(more: readonly string[], name: string, settings: HadolintSettings, site: Site): ToolCall {
  const { files, config = noConfig(site) } = settings
  return {
    args: ['--no-fail', '--no-color', '-f', 'json', '-c', config, ...more, '--', ...files],
    cwd: site.tree,
    accept: [0],
    reports: [{ file: join(site.reports, name), format: 'hadolint', printed: true }],
    reads: [site.tree],
    timeout: site.timeout,
  }
}

function noConfig({ reports }: Site): string {
  return join(reports, 'hadolint.yaml')
}
