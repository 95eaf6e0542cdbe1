import assert from 'node:assert/strict'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { run } from '../../src/base/command.ts'
import { SAMPLES } from '../support/ci-pipeline.ts'
import { findTool } from '../support/outside-tool.ts'
import { temporaryDirectory } from '../support/registries.ts'

// Linters that a team may run over the files as well.
const actionlint = await findTool('actionlint')
const shellcheck = await findTool('shellcheck')
const env = { PATH: process.env.PATH, HOME: '/nonexistent' }

/** actionlint 1.7.12 is older than `queue` (rhysd/actionlint#657); GitHub's own parser knows it, and its values. */
const QUEUE = 'unexpected key "queue" for "concurrency" section'

async function lint(files: readonly string[]) {
  const flags = ['-no-color', '-oneline', '-ignore', QUEUE, '-shellcheck', shellcheck ?? '']
  const { code, stdout } = await run(actionlint ?? '', [...flags, ...files], {
    cwd: SAMPLES,
    env,
    accept: [0, 1],
  })
  return { code, found: stdout.toString('utf8') }
}

test(
  'actionlint finds nothing in the workflows',
  { skip: !actionlint && 'actionlint is not on this machine' },
  async () => {
    const files = globSync('*/github/.github/workflows/*.yml', { cwd: SAMPLES })
    assert.ok(files.length > 10)
    assert.deepEqual(await lint(files), { code: 0, found: '' })
  },
)

test(
  'actionlint would find a mistake',
  { skip: !actionlint && 'actionlint is not on this machine' },
  async (t) => {
    const file = join(await temporaryDirectory(t), 'broken.yml')
    const right = readFileSync(join(SAMPLES, 'small/github/.github/workflows/waybill-build.yml'), 'utf8')
    writeFileSync(
      file,
      right.replace('needs.build-ordersvc.outputs.digest', 'needs.build-ordersvc.outputs.digests'),
    )
    const { code, found } = await lint([file])
    assert.equal(code, 1)
    assert.match(found, /property "digests" is not defined/)
  },
)

for (const system of ['azure', 'github'])
  test(
    `shellcheck finds nothing in the scripts of ${system}`,
    { skip: !shellcheck && 'shellcheck is not on this machine' },
    async (t) => {
      const folder = await temporaryDirectory(t)
      const files = globSync(`*/${system}/{pipelines,.github/workflows}/*.yml`, { cwd: SAMPLES })
      const scripts = new Set(
        files.flatMap((file) => scriptsIn(parse(readFileSync(join(SAMPLES, file), 'utf8')))),
      )
      assert.ok(scripts.size > 10)
      const paths = [...scripts].map((script, index) => {
        const path = join(folder, `${index}.sh`)
        writeFileSync(path, `#!/bin/bash\n${script}\n`)
        return path
      })
      const { code, stdout } = await run(shellcheck ?? '', ['--severity=style', ...paths], {
        cwd: folder,
        env,
        accept: [0, 1],
      })
      assert.equal(code, 0, stdout.toString('utf8'))
    },
  )

function scriptsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, one]) =>
    ['bash', 'run', 'inlineScript'].includes(key) && typeof one === 'string' ? [one] : scriptsIn(one),
  )
}
