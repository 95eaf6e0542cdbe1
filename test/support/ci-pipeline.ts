import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from '../../src/base/command.ts'
import { temporaryDirectory } from './registries.ts'
import type { Cleanup } from './registries.ts'
import { waybill } from './waybill-process.ts'

export const SAMPLES = join(import.meta.dirname, '../data/ci')
const EXECUTOR = join(import.meta.dirname, '../../node_modules/gitlab-ci-local/dist/index.js')

export type Sample = 'small' | 'regulated'

/** A git working copy with a sample's waybill.yaml and the pipelines that `ci init` writes for it. */
export async function pipelineProject(t: Cleanup, sample: Sample, system: string) {
  const home = await temporaryDirectory(t)
  const directory = join(home, 'checkout')
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-C', directory, '-c', 'user.name=A', '-c', 'user.email=a@example.com', ...words])
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', directory])
  git('remote', 'add', 'origin', 'https://gitlab.example.com/shop/ordersvc.git')
  for (const name of ['waybill.yaml', 'trust.yaml'])
    cpSync(join(SAMPLES, sample, name), join(directory, name))
  const written = await waybill(['ci', 'init', system], { cwd: directory })
  if (written.code !== 0) throw new Error(written.stderr)
  git('add', '--all')
  git('commit', '--quiet', '--message', 'The road')
  return { home, directory, git }
}

/** What a person or a schedule was asked. */
type Inputs = Readonly<Record<string, string>>

/** Jobs and steps of GitLab CI, run or listed on this machine by gitlab-ci-local. */
export async function gitlabLocal(
  { home, directory }: { readonly home: string; readonly directory: string },
  variables: Readonly<Record<string, string>>,
  words: readonly string[],
  { inputs = {}, env = {} }: { readonly inputs?: Inputs; readonly env?: NodeJS.ProcessEnv } = {},
) {
  writeFileSync(join(home, 'inputs.yml'), JSON.stringify(inputs))
  const given = Object.entries(variables).flatMap(([name, value]) => ['--variable', `${name}=${value}`])
  const predefined = Object.keys(variables).filter((name) => name.startsWith('CI_'))
  const done = await run(
    process.execPath,
    [
      EXECUTOR,
      '--home',
      home,
      '--state-dir',
      '../state',
      '--inputs-file',
      '../inputs.yml',
      ...(predefined.length > 0 ? ['--ignore-predefined-vars', predefined.join(',')] : []),
      ...given,
      ...words,
    ],
    { cwd: directory, env: { PATH: process.env.PATH, HOME: home, ...env }, accept: [0, 1], timeout: 90_000 },
  )
  return { code: done.code, stdout: done.stdout.toString('utf8'), stderr: done.stderr }
}

/** The jobs of a pipeline with these variables: name → `on_success` or `manual`. */
export async function jobsOf(
  project: { readonly home: string; readonly directory: string },
  variables: Readonly<Record<string, string>>,
  inputs: Inputs = {},
): Promise<Readonly<Record<string, string>>> {
  const { stdout, stderr } = await gitlabLocal(project, variables, ['--list-json'], { inputs })
  if (!stdout.trimStart().startsWith('[')) throw new Error(stdout + stderr)
  const jobs = JSON.parse(stdout) as readonly { readonly name: string; readonly when: string }[]
  return Object.fromEntries(jobs.filter(({ when }) => when !== 'never').map(({ name, when }) => [name, when]))
}

/** A program of this name that writes down how it was called, and leaves a digest for later jobs. */
export function fakeWaybill(home: string) {
  const folder = join(home, 'bin')
  const log = join(home, 'calls.log')
  mkdirSync(folder, { recursive: true })
  writeFileSync(log, '')
  const digest = `sha256:${'1'.repeat(64)}`
  writeFileSync(
    join(folder, 'waybill'),
    `#!/bin/sh
set -eu
case "$1" in --version) exit 0;; esac
printf '%s\\n' "$*" >> '${log}'
while [ $# -gt 0 ]; do
  case "$1" in
    --evidence) if [ "\${CI_JOB_STAGE:-check}" = build ]; then test -s "$2"; else mkdir -p "$(dirname "$2")"; echo signed > "$2"; fi;;
    --reports) mkdir -p "$2"; echo '<testsuite/>' > "$2/unit.xml";;
  esac
  shift
done
if [ -n "\${DOCKER_CONFIG:-}" ]; then printf 'config %s\\n' "$(cat "$DOCKER_CONFIG/config.json")" >> '${log}'; fi
if [ -n "\${WAYBILL_OUTPUTS:-}" ]; then echo 'WAYBILL_DIGEST=${digest}' > "$WAYBILL_OUTPUTS"; fi
git status --porcelain | sed 's/^/dirty /' >> '${log}'
`,
  )
  chmodSync(join(folder, 'waybill'), 0o755)
  return {
    digest,
    path: `${folder}:${dirname(process.execPath)}:${process.env.PATH}`,
    calls: () => readFileSync(log, 'utf8').split('\n').filter(Boolean),
  }
}
