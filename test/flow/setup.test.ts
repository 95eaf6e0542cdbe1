import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import type { DoctorAnswer, Finding } from '../../src/setup/doctor-answer.ts'
import type { InitAnswer } from '../../src/setup/init-answer.ts'
import { BareRepository } from '../support/git.ts'
import { embeddedRegistry, temporaryDirectory } from '../support/registries.ts'
import type { Cleanup } from '../support/registries.ts'
import { startWaybill, waybill } from '../support/waybill-process.ts'

const isRoot = process.getuid?.() === 0

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

async function tagsAt(address: string, repository: string): Promise<readonly string[]> {
  const answer = await fetch(`http://${address}/v2/${repository}/tags/list`)
  const { tags } = (await answer.json().catch(() => ({}))) as { tags?: readonly string[] }
  return tags ?? []
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
    assert.match(bad.stderr, /ANSWER_INVALID: Found the name "Prod!"[\s\S]*--environments/)
    assert.doesNotMatch(bad.stderr, /waybill-init/)
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

  it('asks git about the whole working copy, not only about the folder of the project', async (t) => {
    const { run, directory } = await project(t)
    const words = ['init', 'services/orders', '--registry', 'registry.example.com/team', '--keys', 'private']
    mkdirSync(join(directory, 'services/orders'), { recursive: true })
    const refused = await run(words)
    assert.match(refused.stderr, /KEYS_IN_GIT/)
    assert.equal(existsSync(join(directory, 'private')), false)
  })

  it('asks git also about a working copy of somebody else', { skip: !isRoot }, async (t) => {
    const { run, directory } = await project(t)
    chownSync(directory, 12_345, 12_345)
    const refused = await run(['init', '--registry', 'registry.example.com/team', '--keys', 'private'])
    assert.match(refused.stderr, /KEYS_IN_GIT/)
  })

  it('finds a trust policy of somebody else before it makes a key', async (t) => {
    for (const name of ['trust.yaml', 'keys/pass.pub']) {
      const { run, directory, keys } = await project(t)
      mkdirSync(join(directory, 'keys'))
      writeFileSync(join(directory, name), 'mine\n')
      const done = await run(['init', '--registry', 'registry.example.com/team'])
      assert.equal(done.code, 3, done.stderr)
      assert.match(done.stderr, /FILE_EXISTS/)
      assert.equal(existsSync(keys), false)
      assert.deepEqual(readdirSync(join(directory, 'keys')), name === 'trust.yaml' ? [] : ['pass.pub'])
    }
  })

  it('begun four times at once makes one project, and leaves no scratch files', async (t) => {
    const { run, directory, keys } = await project(t)
    const words = ['init', '--registry', 'registry.example.com/team', '--environments', 'dev']
    const runs = await Promise.all([1, 2, 3, 4].map(() => run(words)))
    for (const { code, stderr } of runs) assert.ok(code === 0 || /FILE_EXISTS/.test(stderr), stderr)
    assert.ok(runs.some(({ code }) => code === 0))
    const doctor = await run(['doctor', '--only', 'keys', '-o', 'json'], variablesFrom(keys))
    assert.deepEqual(
      findingsOf(doctor.stdout).filter(({ result }) => result !== 'ok'),
      [],
    )
    const all = [directory, keys, join(directory, 'keys')].flatMap((folder) => readdirSync(folder))
    assert.deepEqual(
      all.filter((name) => name.endsWith('.tmp')),
      [],
    )
  })

  for (const [branch, taken] of [
    ['true', 'true'],
    ['1.0', '1.0'],
    ['feat]#,{x}', 'main'],
    ["it's-!&|", 'main'],
  ] as const)
    it(`takes the branch ${branch} for ${taken}, and nothing of it for YAML`, async (t) => {
      const { run, git, directory } = await project(t)
      git('checkout', '--quiet', '-b', branch)
      const done = await run(['init', '--registry', 'registry.example.com/team'])
      assert.equal(done.code, 0, done.stderr)
      const config = parse(readFileSync(join(directory, 'waybill.yaml'), 'utf8')) as {
        environments: { dev: { gates: readonly [{ provenance: unknown }] } }
        ci: unknown
      }
      assert.deepEqual(config.environments.dev.gates[0].provenance, { branches: [taken] })
      assert.deepEqual(config.ci, { branches: [taken] })
    })

  it('builds the default branch of the remote, whatever is checked out', async (t) => {
    const { run, git, directory } = await project(t)
    git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main')
    await run(['init', '--registry', 'registry.example.com/team'])
    assert.match(readFileSync(join(directory, 'waybill.yaml'), 'utf8'), /provenance: { branches: \[main\] }/)
  })

  it('shows commands that a shell takes, whatever the folders are called', async (t) => {
    const { home, directory } = await project(t)
    const keys = join(home, "the keys' folder")
    const words = ['init', directory, '--registry', 'registry.example.com/team', '--keys', keys, '-o', 'json']
    const done = await waybill(words, { cwd: home, env: { HOME: home } })
    assert.equal(done.code, 0, done.stderr)
    const { next } = JSON.parse(done.stdout) as InitAnswer
    const script = next.slice(0, 2).map(({ line }) => line)
    const shell = ['-c', `${script.join(' && ')} && pwd && printf %s "$WAYBILL_PASS_KEY"`]
    const printed = execFileSync('sh', shell, { cwd: home, encoding: 'utf8' })
    assert.ok(printed.startsWith(`${directory}\n-----BEGIN`), printed)
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
    for (const name of ['dev/ordersvc', 'prod/ordersvc'])
      assert.deepEqual(await tagsAt(lab.address, name), [], name)
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

  it('looks past a trust policy that has expired, and says that nothing else will', async (t) => {
    const lab = await embeddedRegistry(t)
    const { run, directory, keys } = await project(t)
    await run(['init', '--registry', lab.address, '--environments', 'dev'])
    const trust = join(directory, 'trust.yaml')
    writeFileSync(
      trust,
      readFileSync(trust, 'utf8').replace('version: 1', 'version: 1\nexpires: 2020-01-01T00:00:00Z'),
    )
    const done = await run(['doctor', '-o', 'json'], variablesFrom(keys))
    assert.equal(done.code, 1, done.stderr)
    const findings = findingsOf(done.stdout)
    const flaws = findings.filter(({ result }) => result === 'problem')
    assert.deepEqual(
      flaws.map(({ what }) => what),
      ['trust policy'],
    )
    assert.match(flaws[0]?.found ?? '', /^Expired on 2020-01-01/)
    assert.ok(findings.some(({ group, result }) => group === 'registries' && result === 'ok'))
  })

  for (const [answer, result, found] of [
    ['echo yes', 'ok', /lets us see its pods/],
    ['echo no; exit 1', 'warning', /does not let us/],
    ['echo "no - RBAC: denied"; exit 1', 'warning', /does not let us/],
    ['echo "The connection to the server was refused" >&2; exit 1', 'problem', /connection .* refused/],
    ['echo "error: You must be logged in" >&2; exit 1', 'problem', /logged in/],
  ] as const)
    it(`asks kubectl, which says: ${answer}`, async (t) => {
      const { run, home } = await project(t)
      await run(['init', '--registry', '127.0.0.1:9', '--environments', 'dev'])
      const kubectl = join(home, 'kubectl')
      const asked = 'auth can-i list pods --all-namespaces --request-timeout=10s'
      writeFileSync(kubectl, `#!/bin/sh\n[ "$*" = "${asked}" ] || exit 9\n${answer}\n`, { mode: 0o755 })
      writeFileSync(join(home, 'kubeconfig'), '')
      const env = { PATH: `${home}:/usr/bin:/bin`, KUBECONFIG: join(home, 'kubeconfig') }
      const done = await run(['doctor', '--only', 'cluster', '-o', 'json'], env)
      const [finding] = findingsOf(done.stdout)
      assert.equal(finding?.result, result)
      assert.match(finding.found, found)
    })

  it('finds a registry that lets a tag be overwritten, and one where tags stand', async (t) => {
    for (const [profile, result] of [
      [undefined, 'ok'],
      ['conditions-ignored', 'warning'],
      [{ name: 'ecr', repositories: ['dev/ordersvc'] }, 'ok'],
    ] as const) {
      const lab = await embeddedRegistry(t, profile && { profile })
      const { run, keys } = await project(t)
      await run(['init', '--registry', lab.address, '--environments', 'dev'])
      const done = await run(['doctor', '--write', '--only', 'registries', '-o', 'json'], variablesFrom(keys))
      const finding = findingsOf(done.stdout).find(({ found }) => found.includes('overwritten'))
      assert.equal(finding?.result, result, done.stdout)
    }
  })

  it('says what stays behind where nothing may be deleted, also of runs before', async (t) => {
    const lab = await embeddedRegistry(t, { referrersApi: false })
    const { run } = await project(t)
    await run(['init', '--registry', lab.address, '--environments', 'dev'])
    lab.fault = ({ method }) => (method === 'DELETE' ? { status: 405 } : undefined)
    const words = ['doctor', '--write', '--only', 'registries', '-o', 'json']
    const [, second] = [await run(words), await run(words)]
    const tags = await tagsAt(lab.address, 'dev/ordersvc')
    assert.equal(tags.length, 4)
    const warning = findingsOf(second.stdout).find(({ found }) => found.includes('behind'))
    assert.equal(warning?.result, 'warning')
    for (const tag of tags) assert.ok(warning.found.includes(tag) || tag.startsWith('sha256-'), tag)
    assert.match(warning.found, /sha256-/)
  })

  it('takes back what it wrote when the registry stops it half way', async (t) => {
    const lab = await embeddedRegistry(t)
    const { run } = await project(t)
    await run(['init', '--registry', lab.address, '--environments', 'dev'])
    let tagged = false
    lab.fault = ({ method, path }) => {
      if (method === 'PUT' && path.includes('/manifests/waybill-doctor')) tagged = true
      else if (method === 'PUT' && tagged) return { status: 403 }
      return undefined
    }
    const done = await run(['doctor', '--write', '--only', 'registries', '-o', 'json'])
    assert.ok(findingsOf(done.stdout).some(({ result }) => result === 'problem'))
    assert.deepEqual(await tagsAt(lab.address, 'dev/ordersvc'), [])
  })

  it('takes back what it wrote when it is interrupted', async (t) => {
    const lab = await embeddedRegistry(t)
    const { run, directory, home } = await project(t)
    await run(['init', '--registry', lab.address, '--environments', 'dev'])
    const words = ['doctor', '--write', '--only', 'registries']
    const running = startWaybill(words, { cwd: directory, env: { HOME: home } })
    lab.fault = ({ method, path }) => {
      if (method === 'PUT' && path.includes('/manifests/waybill-doctor')) running.child.kill('SIGINT')
      return undefined
    }
    const { code, stderr } = await running.ended
    assert.equal(code, 130, stderr)
    assert.match(stderr, /INTERRUPTED/)
    assert.deepEqual(await tagsAt(lab.address, 'dev/ordersvc'), [])
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
