import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../base/command.ts'
import { nodeProgram } from './installation.ts'
import type { World } from './world.ts'

/** Runs the service's real tests. Returns the JUnit report's path; a failing test is a result, not an error. */
export async function runTests(world: World, suite: 'unit' | 'e2e', build: string): Promise<string> {
  const folder = suite === 'unit' ? 'test' : 'e2e'
  const cwd = world.source.directory
  const files = (await readdir(join(cwd, folder))).map((file) => join(folder, file))
  await mkdir(join(world.directory, 'reports'), { recursive: true })
  const report = join(world.directory, 'reports', `${build}-${suite}.xml`)
  const args = ['--test', '--test-reporter=junit', `--test-reporter-destination=${report}`, ...files]
  await run(nodeProgram, args, { cwd, env: world.env, accept: [0, 1], timeout: 60_000 })
  return report
}
