import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gitFacts } from './index.ts'

const identity = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'Ada@Example.com',
  GIT_COMMITTER_NAME: 'Bot',
  GIT_COMMITTER_EMAIL: 'bot@example.com',
  GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
  GIT_COMMITTER_DATE: '2026-02-03T04:05:06+02:00',
}
const env = { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', ...identity }

describe('src/tools/git.ts', () => {
  let root = ''
  let repo = ''
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', args, { cwd, env, stdio: 'pipe' }).toString().trim()

  before(() => {
    root = mkdtempSync(join(tmpdir(), 'waybill-git-'))
    repo = join(root, 'repo')
    mkdirSync(join(repo, 'src'), { recursive: true })
    git(repo, 'init', '-q', '-b', 'main')
    git(repo, 'remote', 'add', 'origin', 'https://ada:secret@git.example.com/contoso/ordersvc.git')
    writeFileSync(join(repo, 'src', 'a.txt'), 'a')
    writeFileSync(join(repo, '.gitignore'), 'ignored\n')
    writeFileSync(join(repo, '.mailmap'), 'Eve <eve@example.com> <Ada@Example.com>\n')
    git(repo, 'add', '.')
    git(repo, 'commit', '-q', '-m', 'one')
  })
  after(() => rmSync(root, { recursive: true, force: true }))

  it('reads a clean branch from a folder below the top', async () => {
    writeFileSync(join(repo, 'ignored'), 'x')
    assert.deepEqual(await gitFacts(join(repo, 'src'), env), {
      commit: git(repo, 'rev-parse', 'HEAD'),
      ref: 'refs/heads/main',
      branch: 'main',
      author: 'Ada@Example.com',
      committedOn: '2026-02-03T02:05:06Z',
      dirty: false,
      remote: 'https://git.example.com/contoso/ordersvc',
    })
  })

  it('sees a changed, a staged and a new file', async () => {
    const fresh = join(root, 'dirty')
    git(root, 'clone', '-q', repo, fresh)
    assert.equal((await gitFacts(fresh, env)).dirty, false)
    writeFileSync(join(fresh, 'new.txt'), 'x')
    assert.equal((await gitFacts(join(fresh, 'src'), env)).dirty, true)
    git(fresh, 'add', '.')
    assert.equal((await gitFacts(fresh, env)).dirty, true)
    git(fresh, 'commit', '-q', '-m', 'two')
    assert.equal((await gitFacts(fresh, env)).dirty, false)
    writeFileSync(join(fresh, 'src', 'a.txt'), 'changed')
    assert.equal((await gitFacts(fresh, env)).dirty, true)
  })

  it('reads a shallow clone with a detached head', async () => {
    const shallow = join(root, 'shallow')
    git(root, 'clone', '-q', '--depth=1', `file://${repo}`, shallow)
    git(shallow, 'checkout', '-q', '--detach')
    const facts = await gitFacts(shallow, env)
    assert.equal(facts.commit, git(repo, 'rev-parse', 'HEAD'))
    assert.equal(facts.ref, undefined)
    assert.equal(facts.branch, undefined)
    assert.equal(facts.remote, undefined, 'a local path is no address')
  })

  it('answers for the directory asked about, not for GIT_DIR', async () => {
    const other = join(root, 'other')
    git(root, 'init', '-q', other)
    const facts = await gitFacts(repo, { ...env, GIT_DIR: join(other, '.git'), GIT_WORK_TREE: other })
    assert.equal(facts.commit, git(repo, 'rev-parse', 'HEAD'))
  })

  it('says so when there is no repository or no commit', async () => {
    const bare = join(root, 'plain')
    mkdirSync(bare)
    await assert.rejects(gitFacts(bare, { ...env, GIT_CEILING_DIRECTORIES: root }), {
      code: 'SOURCE_UNREADABLE',
      where: bare,
    })
    const empty = join(root, 'empty')
    git(root, 'init', '-q', empty)
    await assert.rejects(gitFacts(empty, env), { code: 'SOURCE_UNREADABLE' })
  })

  it('stops on abort', async () => {
    const reason = new Error('stop')
    await assert.rejects(gitFacts(repo, env, AbortSignal.abort(reason)), reason)
  })
})
