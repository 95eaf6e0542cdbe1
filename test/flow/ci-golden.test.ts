import assert from 'node:assert/strict'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { it } from 'node:test'
import { pipelineProject, SAMPLES } from '../support/ci-pipeline.ts'
import type { Sample } from '../support/ci-pipeline.ts'

const samples: readonly Sample[] = ['small', 'regulated']

// WAYBILL_GOLDEN=write writes them anew, for a look at the difference in git.
for (const sample of samples)
  for (const system of ['gitlab', 'jenkins'])
    it(`writes for ${system} what stands in test/data/ci/${sample}/${system}`, async (t) => {
      const { directory } = await pipelineProject(t, sample, system)
      const golden = join(SAMPLES, sample, system)
      const made = filesOf(directory)
      delete made['waybill.yaml']
      delete made['trust.yaml']
      if (process.env.WAYBILL_GOLDEN === 'write') {
        rmSync(golden, { recursive: true, force: true })
        for (const [path, text] of Object.entries(made)) {
          mkdirSync(dirname(join(golden, path)), { recursive: true })
          writeFileSync(join(golden, path), text)
        }
      }
      assert.deepEqual(made, filesOf(golden))
    })

function filesOf(folder: string): Record<string, string> {
  const paths = globSync('{,.}*{,/**,/.*}', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile() && !join(entry.parentPath, entry.name).includes('/.git/'))
    .map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]))
}
