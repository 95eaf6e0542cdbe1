import assert from 'node:assert/strict'
import {
  appendFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { DoctorAnswer } from '../../src/setup/doctor-answer.ts'
import type { CiCheckAnswer, CiInitAnswer } from '../../src/setup/ci-answer.ts'
import { temporaryDirectory } from '../support/registries.ts'
import type { Cleanup } from '../support/registries.ts'
import { waybill } from '../support/waybill-process.ts'

const SAMPLES = join(import.meta.dirname, '../data/ci')

async function project(t: Cleanup, sample = 'small') {
  const directory = await temporaryDirectory(t)
  for (const name of ['waybill.yaml', 'trust.yaml'])
    cpSync(join(SAMPLES, sample, name), join(directory, name))
  const file = (path: string) => join(directory, path)
  const read = (path: string) => readFileSync(file(path), 'utf8')
  const run = (...words: readonly string[]) => waybill(words, { cwd: directory })
  const init = async (...words: readonly string[]) => {
    const done = await run('ci', 'init', ...words, '-o', 'json')
    assert.equal(done.code, 0, done.stderr)
    return JSON.parse(done.stdout) as CiInitAnswer
  }
  const check = async (...words: readonly string[]) => {
    const { stdout, code } = await run('ci', 'check', ...words, '-o', 'json')
    return { code, files: stateOf(JSON.parse(stdout) as CiCheckAnswer) }
  }
  return { directory, file, read, run, init, check }
}

function changes({ files }: CiInitAnswer) {
  return Object.fromEntries(files.map(({ path, change }) => [path, change]))
}

function stateOf({ files }: CiCheckAnswer) {
  return Object.fromEntries(files.map(({ path, state }) => [path, state]))
}

function edit(path: string, from: string, to: string) {
  const text = readFileSync(path, 'utf8')
  assert.ok(text.includes(from), from)
  writeFileSync(path, text.replace(from, to))
}

describe('waybill ci init', () => {
  it('writes the set, and does nothing the second time', async (t) => {
    const { init, check } = await project(t)
    assert.deepEqual(changes(await init('gitlab')), {
      '.gitlab-ci.yml': 'created',
      '.gitlab/waybill.yml': 'created',
      'docs/waybill-ci.md': 'created',
    })
    const again = await init('gitlab')
    assert.equal(again.outcome, 'current')
    assert.deepEqual([...new Set(Object.values(changes(again)))], ['kept'])
    assert.equal((await check()).code, 0)
  })

  it('asks for the ticket that a gate wants, and hands over the token it is looked up with', async (t) => {
    const { init, file, read } = await project(t)
    const ticket =
      '- ticket: { url: "https://changes.example.com/api/{ticket}", token: env://CHANGES_TOKEN, states: [approved] }'
    edit(
      file('waybill.yaml'),
      '- passed: { environment: staging }',
      `- passed: { environment: staging }\n      ${ticket}`,
    )
    await init('github')
    const workflow = read('.github/workflows/waybill-promote-prod.yml')
    assert.match(workflow, /^ {6}ticket:$/m)
    assert.match(workflow, /TICKET: \$\{\{ inputs\.ticket \}\}/)
    assert.match(workflow, /CHANGES_TOKEN: \$\{\{ secrets\.CHANGES_TOKEN \}\}/)
    assert.match(workflow, /\$\{TICKET:\+--ticket "\$TICKET"\}/)
    assert.doesNotMatch(read('.github/workflows/waybill-promote-staging.yml'), /ticket|CHANGES/i)
  })

  it('brings up to date what waybill.yaml has left behind', async (t) => {
    const { init, check, file, read } = await project(t)
    await init('gitlab')
    edit(file('waybill.yaml'), 'branches: [main]\n  promote', 'branches: [trunk]\n  promote')
    assert.deepEqual(await check(), {
      code: 3,
      files: { '.gitlab-ci.yml': 'current', '.gitlab/waybill.yml': 'stale', 'docs/waybill-ci.md': 'current' },
    })
    assert.equal(changes(await init('gitlab'))['.gitlab/waybill.yml'], 'changed')
    assert.match(read('.gitlab/waybill.yml'), /\$CI_COMMIT_BRANCH == "trunk"/)
    assert.equal((await check()).code, 0)
  })

  it('stops at a file that was changed by hand, and writes nothing at all', async (t) => {
    const { init, check, file, read, run } = await project(t)
    await init('gitlab')
    appendFileSync(file('.gitlab/waybill.yml'), '# mine\n')
    unlinkSync(file('docs/waybill-ci.md'))
    const refused = await run('ci', 'init', 'gitlab')
    assert.equal(refused.code, 3)
    assert.match(
      refused.stderr,
      /FILE_CHANGED: \.gitlab\/waybill\.yml: not as Waybill left it\. Nothing was written/,
    )
    assert.equal(existsSync(file('docs/waybill-ci.md')), false)
    assert.deepEqual((await check()).files, {
      '.gitlab-ci.yml': 'current',
      '.gitlab/waybill.yml': 'edited',
      'docs/waybill-ci.md': 'missing',
    })
    await init('gitlab', '--force')
    assert.doesNotMatch(read('.gitlab/waybill.yml'), /# mine/)
    assert.equal((await check()).code, 0)
  })

  it("takes a file of somebody else's for one", async (t) => {
    const { file, read, run } = await project(t)
    mkdirSync(file('.gitlab'))
    writeFileSync(file('.gitlab/waybill.yml'), 'stages: [mine]\n')
    assert.equal((await run('ci', 'init', 'gitlab')).code, 3)
    assert.equal(read('.gitlab/waybill.yml'), 'stages: [mine]\n')
  })

  it("leaves the project's own .gitlab-ci.yml alone, also with --force", async (t) => {
    const { init, file, read } = await project(t)
    writeFileSync(file('.gitlab-ci.yml'), 'include: []\n')
    assert.equal(changes(await init('gitlab', '--force'))['.gitlab-ci.yml'], 'kept')
    assert.equal(read('.gitlab-ci.yml'), 'include: []\n')
  })

  it('shows the difference with --dry-run and writes nothing', async (t) => {
    const { init, file, run } = await project(t)
    const planned = await init('gitlab', '--dry-run')
    assert.equal(planned.outcome, 'planned')
    assert.equal(existsSync(file('.gitlab')), false)
    await init('gitlab')
    edit(file('waybill.yaml'), 'prod: { tags: [v*] }', 'prod: { tags: [release-*] }')
    const { stdout } = await run('ci', 'init', 'gitlab', '--dry-run')
    assert.match(
      stdout,
      /^--- a\/\.gitlab\/waybill\.yml\n\+\+\+ b\/\.gitlab\/waybill\.yml\n@@ -\d+,\d+ \+\d+,\d+ @@$/m,
    )
    assert.match(stdout, /^-    - if: .*\(v\.\*\).*\n\+    - if: .*\(release-\.\*\)/m)
  })

  for (const place of ['.gitlab', '.gitlab/waybill.yml', 'docs'])
    it(`follows no symbolic link at ${place}, also with --force`, async (t) => {
      const { directory, file, run } = await project(t)
      const elsewhere = await temporaryDirectory(t)
      const target = join(elsewhere, 'target')
      if (place.endsWith('.yml')) mkdirSync(file('.gitlab'))
      if (place.endsWith('.yml')) writeFileSync(target, 'secret\n')
      else mkdirSync(target)
      symlinkSync(target, join(directory, place))
      const refused = await run('ci', 'init', 'gitlab', '--force')
      assert.equal(refused.code, 3)
      assert.match(refused.stderr, /symbolic link/)
      assert.ok(lstatSync(join(directory, place)).isSymbolicLink())
      assert.equal(existsSync(file('.gitlab-ci.yml')), false)
    })

  it('lets two runs at once end the same', async (t) => {
    const { run, check } = await project(t)
    const both = await Promise.all([run('ci', 'init', 'gitlab'), run('ci', 'init', 'gitlab')])
    assert.deepEqual(
      both.map(({ code }) => code),
      [0, 0],
      both.map(({ stderr }) => stderr).join(''),
    )
    assert.equal((await check()).code, 0)
  })

  it('knows its files when git has made their line ends CRLF', async (t) => {
    const { init, check, file, read } = await project(t)
    await init('gitlab')
    writeFileSync(file('.gitlab/waybill.yml'), read('.gitlab/waybill.yml').replaceAll('\n', '\r\n'))
    assert.equal((await check()).code, 0)
  })

  it('removes the files of a flow that is no more, unless somebody changed them', async (t) => {
    const { init, check, file } = await project(t)
    await init('jenkins')
    for (const [from, to] of [
      ['  prod:\n    after: staging', '  production:\n    after: staging'],
      ['    prod: { tags', '    production: { tags'],
    ] as const)
      edit(file('waybill.yaml'), from, to)
    assert.equal((await check()).files['jenkins/promote-prod.Jenkinsfile'], 'leftover')
    assert.equal(changes(await init('jenkins'))['jenkins/promote-prod.Jenkinsfile'], 'removed')
    assert.equal(existsSync(file('jenkins/promote-prod.Jenkinsfile')), false)
    appendFileSync(file('jenkins/promote-production.Jenkinsfile'), '// mine\n')
    edit(file('waybill.yaml'), '  production:\n    after: staging', '  prod:\n    after: staging')
    edit(file('waybill.yaml'), '    production: { tags', '    prod: { tags')
    await init('jenkins')
    assert.ok(existsSync(file('jenkins/promote-production.Jenkinsfile')))
  })
})

describe('waybill ci check', () => {
  it('says when there is nothing to check', async (t) => {
    const { run } = await project(t)
    const { code, stderr } = await run('ci', 'check')
    assert.equal(code, 2)
    assert.match(stderr, /Found no pipelines that Waybill has written/)
  })

  it('wants a CI system that it knows', async (t) => {
    const { run } = await project(t)
    assert.equal((await run('ci', 'check', 'travis')).code, 2)
    assert.equal((await run('ci', 'init', 'travis')).code, 2)
  })

  it('is heard in doctor as a warning', async (t) => {
    const { init, run, file } = await project(t)
    await init('gitlab')
    edit(file('waybill.yaml'), 'prod: { tags: [v*] }', 'prod: { tags: [release-*] }')
    const { stdout, code } = await run('doctor', '--only', 'ci', '-o', 'json')
    const { findings } = JSON.parse(stdout) as DoctorAnswer
    const found = findings.find(({ what }) => what === '.gitlab/waybill.yml')
    assert.equal(code, 0)
    assert.equal(found?.result, 'warning')
    assert.match(found?.fix ?? '', /waybill ci init gitlab/)
  })
})
