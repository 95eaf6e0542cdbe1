import { join } from 'node:path'
import { fail } from '../../base/index.ts'
import { toolsErrors } from '../errors.ts'
import type { Program } from '../programs/program.ts'
import { runProgram } from '../programs/run-program.ts'
import { checkovReader } from '../reports/checkov.ts'
import { reportOf } from './report-of.ts'
import type { SourceLook } from './source-look.ts'

export const checkov: Program = {
  name: 'checkov',
  executables: ['checkov'],
  versionArguments: ['--version'],
  readVersion: (printed) => /^(\d+\.\d+\.\d+\S*)$/m.exec(printed.trim())?.[1],
  refused: [],
  sees: [],
  env: { CKV_SKIP_PACKAGE_UPDATE_CHECK: 'true', CKV_PARSE_ERROR_FAIL: 'true', LOG_LEVEL: 'ERROR' },
}

/** checkov, offline. `--directory=` in one word, and not from within the tree: otherwise it takes its `.checkov.yaml`. */
export function checkovLook({ frameworks }: { readonly frameworks: readonly string[] }): SourceLook {
  const call: SourceLook['call'] = (_tool, { tree, reports, timeout }) => {
    const options = [
      '-o',
      'json',
      '--output-file-path',
      reports,
      '--skip-download',
      '--soft-fail',
      '--compact',
    ]
    return Promise.resolve({
      args: [`--directory=${tree}`, '--framework', ...frameworks, ...options],
      // 1: a file could not be parsed, which the report says.
      accept: [0, 1],
      reports: [{ file: join(reports, 'results_json.json'), format: 'checkov' }],
      reads: [tree],
      timeout,
    })
  }
  return {
    program: checkov,
    call,
    look: async (tool, site, world, hints) => {
      const run = await runProgram(tool, await call(tool, site, world), world)
      const claims = checkovReader.read(reportOf(run), { ...hints, base: '/' })
      if (run.code !== 0)
        throw fail(toolsErrors.TOOL_FAILED, {
          message: `checkov ended with code ${run.code}.`,
          where: 'checkov',
        })
      return { run, claims }
    },
  }
}
