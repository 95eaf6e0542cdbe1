import assert from 'node:assert/strict'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { run } from '../../src/base/command.ts'
import { SAMPLES } from '../support/ci-pipeline.ts'
import { findTool } from '../support/outside-tool.ts'
import { temporaryDirectory } from '../support/registries.ts'
import { parseGroovy } from '../support/runners/groovy.ts'

const TREE = join(import.meta.dirname, '../support/runners/tree.groovy')
const groovy = await findTool('groovy')

suite(
  'Jenkinsfiles and the Groovy that Jenkins has inside',
  { skip: !groovy && 'groovy is not here' },
  () => {
    test('are read by the runner of the tests as Groovy reads them', async () => {
      const files = globSync('*/jenkins/{,jenkins/}*Jenkinsfile', { cwd: SAMPLES })
      const paths = files.map((file) => join(SAMPLES, file)).toSorted()
      assert.ok(paths.length >= 10)
      const trees = await read(paths)
      for (const [index, path] of paths.entries())
        assert.deepEqual(plain(parseGroovy(readFileSync(path, 'utf8'))), trees[index], path)
    })

    test('what Groovy refuses the runner refuses', async (t) => {
      const folder = await temporaryDirectory(t)
      for (const text of ['pipeline { agent none', "sh 'it's'", 'a(1']) {
        const path = join(folder, 'Jenkinsfile')
        writeFileSync(path, text)
        await assert.rejects(read([path]), Error, text)
        assert.throws(() => parseGroovy(text), Error, text)
      }
    })
  },
)

async function read(paths: readonly string[]): Promise<readonly unknown[]> {
  const done = await run(groovy ?? '', [TREE, ...paths], { env: process.env, timeout: 120_000 })
  return JSON.parse(done.stdout.toString('utf8')) as readonly unknown[]
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
