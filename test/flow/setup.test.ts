import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { DoctorAnswer, Finding } from '../../src/setup/doctor-answer.ts'
import type { InitAnswer } from '../../src/setup/init-answer.ts'
import { BareRepository } from '../support/git.ts'
import { embeddedRegistry, temporaryDirectory } from '../support/registries.ts'
import type { Cleanup } from '../support/registries.ts'
import { waybill } from '../support/waybill-process.ts'

/** A project that somebody just began: a git working copy, nothing of Waybill's yet. */
async function project(t: Cleanup) {
  const home = await temporaryDirectory(t)
  const directory = join(home, 'Orders Service')
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', directory, '-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args])
  execFileSync('git', ['init', '--quiet', '--initial-branch=trunk', directory])
  git('remote', 'add', 'origin', 'git@github.com:contoso/orders.git')
  writeFileSync(join(directory, 'package.json'), '{"name":"@contoso/ordersvc","version":"1.4.0"}')
  writeFileSync(join(directory, 'index.js'), 'console.log(1)\n')
  const env = { XDG_CONFIG_HOME: join(home, 'config'), HOME: home }
  const run = (words: readonly string[], more: NodeJS.ProcessEnv = {}) =>
    waybill(words, { cwd: directory, env: { ...env, ...more } })
  return { home, directory, git, run, keys: join(home, 'config', 'waybill', 'keys', 'ordersvc') }
}

/** The variables that the file `env` sets, as a shell reads it. */
function variablesFrom(keys: string): NodeJS.ProcessEnv {
  const printed = execFileSync('sh', ['-c', '. "$1"; env -0', 'sh', join(keys, 'env')], { encoding: 'utf8' })
  const entries = printed
    .split('\0')
    .map((entry) => [entry.split('=', 1)[0] ?? '', entry.slice(entry.indexOf('=') + 1)])
  return Object.fromEntries(entries.filter(([name]) => name?.startsWith('WAYBILL_')))
}

function findingsOf(stdout: string): readonly Finding[] {
  return (JSON.parse(stdout) as DoctorAnswer).findings
}

describe('waybill init', () => {
  it('begins a project whose first image goes down the whole road by what it says itself', async (t) => {
    const lab = await embeddedRegistry(t)
    const { run, git, keys, directory } = await project(t)
    const begun = await run(['init', '--registry', lab.address, '--environments', 'dev,prod', '-o', 'json'])
    assert.equal(begun.code, 0, begun.stderr)
    const answer = JSON.parse(begun.stdout) as InitAnswer
    assert.equal(answer.application, 'ordersvc')
    assert.deepEqual(
      answer.environments.map(({ repository }) => repository),
      [`${lab.address}/dev/ordersvc`, `${lab.address}/prod/ordersvc`],
    )
    const config = readFileSync(join(directory, 'waybill.yaml'), 'utf8')
    assert.match(config, /source: https:\/\/github\.com\/contoso\/orders\n/)
    assert.match(config, /branches: \[trunk\]/)
    assert.equal(statSync(join(keys, 'build.key')).mode & 0o77, 0, 'a private key is for its owner')
    assert.equal(existsSync(join(directory, 'keys', 'build.key')), false)
    git('add', '--all')
    git('commit', '--quiet', '--message', 'The road')
    const env = variablesFrom(keys)
    for (const words of [
      ['build', 'ordersvc', '--event', 'push'],
      [
        'promote',
        'ordersvc',
        '--to',
        'dev',
        '--image',
        `git-${git('rev-parse', '--short=8', 'HEAD').toString().trim()}`,
      ],
      ['pass', 'ordersvc', 'dev'],
      ['promote', 'ordersvc', '--to', 'prod'],
    ]) {
      const done = await run(words, env)
      assert.equal(done.code, 0, `${words.join(' ')}: ${done.stderr}${done.stdout}`)
    }
  })

  it('overwrites nothing, and keeps the keys of a run that broke off', async (t) => {
    const { run, directory, keys } = await project(t)
    const words = ['init', '--registry', 'registry.example.com/team']
    assert.equal((await run(words)).code, 0)
    const key = readFileSync(join(keys, 'build.key'), 'utf8')
    const again = await run(words)
    assert.equal(again.code, 3)
    assert.match(again.stderr, /FILE_EXISTS/)
    execFileSync('rm', [join(directory, 'waybill.yaml')])
    const third = await run([...words, '-o', 'json'])
    assert.equal(third.code, 0, third.stderr)
    assert.equal(readFileSync(join(keys, 'build.key'), 'utf8'), key)
    const { files } = JSON.parse(third.stdout) as InitAnswer
    assert.deepEqual(
      files.filter(({ state }) => state === 'created').map(({ path }) => path),
      [join(directory, 'waybill.yaml')],
    )
  })

  it('follows no link out of the project', async (t) => {
    const { run, directory, home } = await project(t)
    symlinkSync(join(home, 'elsewhere.yaml'), join(directory, 'trust.yaml'))
    const done = await run(['init', '--registry', 'registry.example.com/team'])
    assert.notEqual(done.code, 0)
    assert.equal(existsSync(join(home, 'elsewhere.yaml')), false)
    assert.equal(existsSync(join(directory, 'waybill.yaml')), false)
  })

  it('writes nothing when it only shows, or when the answers make no road', async (t) => {
    const { run, directory, keys } = await project(t)
    const shown = await run(['init', '--registry', '{environment}.example.com', '--dry-run'])
    assert.equal(shown.code, 0, shown.stderr)
    assert.match(shown.stdout, /staging\.example\.com\/ordersvc/)
    const bad = await run(['init', '--registry', 'registry.example.com', '--environments', 'dev,Prod!'])
    assert.equal(bad.code, 2)
    const none = await run(['init'])
    assert.match(none.stderr, /ANSWER_MISSING[\s\S]*--registry/)
    assert.equal(none.code, 2)
    assert.equal(existsSync(join(directory, 'waybill.yaml')) || existsSync(keys), false)
  })

  it('puts no private key where git would take it in', async (t) => {
    const { run, directory } = await project(t)
    const words = ['init', '--registry', 'registry.example.com/team', '--keys', 'private']
    const refused = await run(words)
    assert.match(refused.stderr, /KEYS_IN_GIT/)
    appendFileSync(join(directory, '.gitignore'), 'private/\n')
    assert.equal((await run(words)).code, 0)
  })
})

describe('waybill doctor', () => {
  it('tries everything that a promotion does, and leaves nothing behind', async (t) => {
    const lab = await embeddedRegistry(t)
    const { run, directory, keys } = await project(t)
    const gitops = new BareRepository({ 'environments/dev/kustomization.yaml': 'images: []\n' })
    t.after(() => gitops[Symbol.dispose]())
    await run(['init', '--registry', lab.address, '--environments', 'dev,prod'])
    const config = readFileSync(join(directory, 'waybill.yaml'), 'utf8')
    const deliver = `    deliver: [{ kustomize: { repository: ${gitops.directory}, path: environments/dev } }]\n`
    writeFileSync(join(directory, 'waybill.yaml'), config.replace('    gates:\n', `${deliver}    gates:\n`))
    const done = await run(['doctor', '--write', '-o', 'json'], variablesFrom(keys))
    const findings = findingsOf(done.stdout)
    assert.deepEqual(
      findings.filter(({ result }) => result === 'problem'),
      [],
    )
    assert.equal(done.code, 0)
    const said = findings.map(({ found }) => found).join('\n')
    assert.match(said, /Lets us push and tag[\s\S]*Blobs are mounted into[\s\S]*Lets us delete/)
    assert.match(said, /Can be read and pushed to/)
    for (const name of ['dev/ordersvc', 'prod/ordersvc']) {
      const answer = await fetch(`http://${lab.address}/v2/${name}/tags/list`)
      const { tags } = (await answer.json().catch(() => ({}))) as { tags?: readonly string[] }
      assert.deepEqual(tags ?? [], [], name)
    }
  })

  it('says of each flaw what to do: key, trust, registry, git, tool', async (t) => {
    const { run, directory } = await project(t)
    await run(['init', '--registry', '127.0.0.1:9', '--environments', 'dev,prod'])
    const config = readFileSync(join(directory, 'waybill.yaml'), 'utf8')
    const deliver = `    deliver: [{ kustomize: { repository: ./nowhere.git, path: dev } }]\n`
    writeFileSync(
      join(directory, 'waybill.yaml'),
      config
        .replace('    gates:\n', `${deliver}    gates:\n`)
        .replace('{ builder: native }', '{ builder: buildx }')
        .replace(
          'promotion:       { key: env://WAYBILL_PROMOTION_KEY }',
          'promotion:       { key: keys/build.pub }',
        ),
    )
    const done = await run(['doctor', '-o', 'json'], { PATH: '/usr/bin:/bin' })
    assert.equal(done.code, 1)
    const flaws = findingsOf(done.stdout).filter(({ result }) => result === 'problem')
    assert.ok(flaws.every(({ fix }) => fix))
    const groups = new Set(flaws.map(({ group }) => group))
    for (const group of ['keys', 'registries', 'tools', 'git'])
      assert.ok(groups.has(group as Finding['group']), group)
  })

  it('says what is wrong with the configuration, and looks at the machine all the same', async (t) => {
    const { run, directory } = await project(t)
    writeFileSync(join(directory, 'waybill.yaml'), 'version: 2\n')
    const done = await run(['doctor', '-o', 'json'])
    const findings = findingsOf(done.stdout)
    assert.equal(done.code, 1)
    assert.equal(findings.find(({ group }) => group === 'configuration')?.result, 'problem')
    assert.equal(findings.find(({ what }) => what === 'git')?.result, 'ok')
    const only = await run(['doctor', '--only', 'machine'])
    assert.equal(only.code, 0, only.stderr)
    assert.equal((await run(['doctor', '--only', 'nothing'])).code, 2)
  })

  it('tells a clock that is wrong', async (t) => {
    const lab = await embeddedRegistry(t)
    const { run } = await project(t)
    await run(['init', '--registry', lab.address, '--environments', 'dev'])
    const { createServer } = await import('node:http')
    const server = createServer((_, response) => {
      response.sendDate = false
      response.setHeader('date', new Date(Date.now() - 600_000).toUTCString())
      response.writeHead(404).end()
    })
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    t.after(() => server.close())
    const { port } = server.address() as { port: number }
    const { directory } = await project(t)
    const late = await waybill(['init', '--registry', `127.0.0.1:${port}`, '--environments', 'dev'], {
      cwd: directory,
      env: { XDG_CONFIG_HOME: join(directory, '..', 'c') },
    })
    assert.equal(late.code, 0, late.stderr)
    const done = await waybill(['doctor', '--only', 'registries', '-o', 'json'], { cwd: directory })
    const clock = findingsOf(done.stdout).find(({ what }) => what.startsWith('clock'))
    assert.equal(clock?.result, 'problem')
    assert.match(clock.found, /^It is (?:59\d|60\d) seconds behind this machine\.$/)
  })
})
