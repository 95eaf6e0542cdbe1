import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { run } from '../../src/base/command.ts'
import { temporaryDirectory } from '../support/registries.ts'

const DATA = join(import.meta.dirname, '../data/ci')
const DRIVER = join(import.meta.dirname, '../support/declarative.groovy')
const GROOVY = '4.0.21'

it('Groovy reads every Jenkinsfile, and runs it to the end', async (t) => {
  const folder = await temporaryDirectory(t)
  const env = { PATH: process.env.PATH, HOME: process.env.HOME }
  const words = ['-q', '-B', 'dependency:copy', `-Dartifact=org.apache.groovy:groovy:${GROOVY}`]
  await run('mvn', [...words, `-DoutputDirectory=${folder}`], { cwd: folder, env, timeout: 90_000 })
  const files = globSync('**/*Jenkinsfile', { cwd: DATA })
  assert.ok(files.length > 10)
  const jar = join(folder, `groovy-${GROOVY}.jar`)
  const { stdout } = await run(
    'java',
    ['-cp', jar, 'groovy.ui.GroovyMain', DRIVER, ...files.map((file) => join(DATA, file))],
    { env, timeout: 60_000 },
  )
  const counted = files.map((file) => {
    const text = readFileSync(join(DATA, file), 'utf8')
    return `${text.match(/\bstage\(/g)?.length} ${text.match(/\bsh '''/g)?.length}`
  })
  assert.deepEqual(stdout.toString('utf8').trim().split('\n'), counted)
})
