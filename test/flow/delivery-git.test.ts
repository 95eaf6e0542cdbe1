import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, describe, it } from 'node:test'
import { isFailure } from '../../src/base/index.ts'
import {
  deliver,
  deliveredDigest,
  deliveryErrors,
  deliverSchema,
  previewDelivery,
} from '../../src/delivery/index.ts'
import type { DeliverOptions, DeliverOrder } from '../../src/delivery/index.ts'
import { parseRepository } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { BareRepository, git, serveGit } from '../support/git.ts'
import type { Files, GitServerOptions } from '../support/git.ts'

const scratch = mkdtempSync(join(tmpdir(), 'waybill-delivery-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as Digest
const [A, B, C] = [digest('a'), digest('b'), digest('c')]
const HERE = 'registry.example.com/dev'
const PATH = 'environments/dev/ordersvc/kustomization.yaml'

const options: DeliverOptions = {
  directory: scratch,
  env: { PATH: process.env['PATH'], HOME: scratch, GIT_CONFIG_NOSYSTEM: '1' },
  now: new Date('2026-05-04T10:00:00Z'),
  cacheDirectory: scratch,
}

function order(more: Partial<DeliverOrder> = {}): DeliverOrder {
  const application = more.application ?? 'ordersvc'
  const repository = parseRepository(`${HERE}/${application}`)
  return { application, environment: 'dev', repository, digest: A, kind: 'promote', ...more }
}

function kustomize(repository: string, more: object = {}) {
  return deliverSchema.parse({ kustomize: { repository, path: 'environments/dev/ordersvc', ...more } })
}

function entry(name: string, at: string): string {
  return `resources: [../base]\nimages:\n- name: ${name} # kept\n  newName: ${HERE}/${name}\n  digest: ${at}\n`
}

const seed: Files = { [PATH]: entry('ordersvc', B), 'README.md': 'hello\n' }

async function withServer(
  given: GitServerOptions,
  work: (bare: BareRepository, url: string, requests: readonly string[]) => Promise<void>,
  files = seed,
) {
  using bare = new BareRepository(files)
  const server = await serveGit(bare, given)
  try {
    await work(bare, server.url, server.requests)
  } finally {
    await server.close()
  }
  assert.deepEqual(
    readdirSync(scratch).filter((name) => name.startsWith('waybill-git-')),
    [],
  )
}

// The repository a server's hook acts on.
const bareOf: { current?: BareRepository } = {}

const failing = (code: keyof typeof deliveryErrors) => (error: unknown) =>
  isFailure(error, deliveryErrors[code])

describe('one delivery', () => {
  it('over HTTP: one commit, one file, trailers, and again nothing', () =>
    withServer({}, async (bare, url) => {
      const asked = order({
        record: C,
        tag: 'git-abc',
        requestedBy: 'dana\nApplication: x',
        message: 'Because.',
      })
      const first = await deliver(kustomize(url), asked, options)
      assert.deepEqual(first, {
        target: 'kustomize',
        repository: url,
        branch: 'main',
        commit: bare.head(),
        changed: [PATH],
      })
      assert.equal(bare.show(PATH), entry('ordersvc', A))
      assert.equal(git(bare.directory, ['diff', '--name-only', 'main~1', 'main']).trim(), PATH)
      assert.equal(
        bare.log()[0],
        `Promote ordersvc in dev to git-abc (aaaaaaaaaaaa)\n\nBecause.\n\nApplication: ordersvc\nEnvironment: dev\nImage-Digest: ${A}\nPrevious-Digest: ${B}\nPromotion-Record: ${C}\nRequested-By: dana Application: x\n`,
      )
      assert.equal(
        git(bare.directory, ['log', '-1', '--format=%an <%ae> %at', 'main']).trim(),
        'Waybill <waybill@localhost> 1777888800',
      )
      assert.equal(
        git(bare.directory, ['log', '-1', '--format=%(trailers:key=Image-Digest,valueonly)', 'main']).trim(),
        A,
      )
      assert.deepEqual(await deliver(kustomize(url), asked, options), { ...first, changed: [] })
      assert.equal(bare.log().length, 2)
      git(bare.directory, ['fsck', '--strict'])
    }))

  it('finds its own commit under later ones', () =>
    withServer({}, async (bare, url) => {
      const first = await deliver(kustomize(url), order(), options)
      bare.commit('later', { 'README.md': 'new\n' })
      const second = await deliver(kustomize(url), order(), options)
      assert.deepEqual(second, { ...first, changed: [] })
    }))

  it('to a path, relative to the configuration, and to a repository without partial fetch', async () => {
    using bare = new BareRepository(seed)
    git(bare.directory, ['config', 'uploadpack.allowFilter', 'false'])
    const { commit } = await deliver(kustomize(relative(scratch, bare.directory)), order(), options)
    assert.equal(commit, bare.head())
    assert.equal(bare.show(PATH), entry('ordersvc', A))
  })

  it('to another branch, as another author', async () => {
    using bare = new BareRepository(seed, 'release/1.x')
    const env = { ...options.env, GIT_AUTHOR_NAME: 'CI <bot>', GIT_AUTHOR_EMAIL: 'ci@example.com' }
    await deliver(kustomize(bare.directory, { branch: 'release/1.x' }), order(), { ...options, env })
    assert.equal(
      git(bare.directory, ['log', '-1', '--format=%an <%ae>', 'release/1.x']).trim(),
      'CI bot <ci@example.com>',
    )
  })

  it('keeps the mode of an executable file, and the root of the repository is a path', async () => {
    using bare = new BareRepository({ 'kustomization.yaml': entry('ordersvc', B) })
    const blob = git(bare.directory, ['rev-parse', 'main:kustomization.yaml']).trim()
    git(
      bare.directory,
      ['fast-import', '--quiet', '--force'],
      `commit refs/heads/main\ncommitter T <t@t> 0 +0000\ndata 0\nM 100755 ${blob} kustomization.yaml\n`,
    )
    await deliver(kustomize(bare.directory, { path: '.' }), order(), options)
    assert.match(git(bare.directory, ['ls-tree', 'main']), /^100755 blob .*\tkustomization.yaml\n$/)
  })

  it('previews the same edit and writes nothing', () =>
    withServer({}, async (bare, url) => {
      const before = bare.head()
      const preview = await previewDelivery(kustomize(url), order(), options)
      assert.deepEqual(preview.changed, [
        { path: PATH, before: entry('ordersvc', B), after: entry('ordersvc', A) },
      ])
      assert.equal(bare.head(), before)
    }))

  it('says what git says', () =>
    withServer({}, async (bare, url) => {
      const found = await deliveredDigest(kustomize(url), order(), options)
      assert.deepEqual(found, { digest: B, what: 'kustomize environments/dev/ordersvc', commit: bare.head() })
    }))

  it('manifests in a directory: only the files with the image change', async () => {
    const files = {
      'k8s/web.yaml': `image: ${HERE}/ordersvc:v1\n`,
      'k8s/job.yml': `image: ${HERE}/ordersvc@${B}\n`,
      'k8s/db.yaml': 'image: postgres\n',
      'k8s/sub/x.yaml': 'image: ordersvc\n',
    }
    await withServer(
      {},
      async (bare, url, requests) => {
        const target = deliverSchema.parse({ manifests: { repository: url, path: './k8s/' } })
        const { changed } = await deliver(target, order(), options)
        assert.deepEqual(changed, ['k8s/job.yml', 'k8s/web.yaml'])
        const reads = requests.filter((request) => request.includes('service=git-upload-pack'))
        assert.equal(reads.length, 2, 'the head, then all blobs at once')
        assert.equal((await deliveredDigest(target, order(), options)).digest, A)
        bare.commit('by hand', { 'k8s/job.yml': `image: ordersvc@${B}\n` })
        await assert.rejects(deliveredDigest(target, order(), options), failing('LOCATOR_AMBIGUOUS'))
      },
      files,
    )
  })

  it('gives the password of an address to git and to nobody else', () =>
    withServer({ password: { user: 'ci', password: "s3cret'$x" } }, async (bare, url) => {
      const secret = url.replace('//', `//ci:${encodeURIComponent("s3cret'$x")}@`)
      const receipt = await deliver(kustomize(secret), order(), options)
      assert.equal(receipt.repository, url)
      assert.equal(receipt.commit, bare.head())
      const wrong = kustomize(url.replace('//', '//ci:wrong@'))
      await assert.rejects(
        deliver(wrong, order(), options),
        (error: Error) => failing('GIT_DENIED')(error) && !error.message.includes('wrong'),
      )
      await assert.rejects(deliver(kustomize(url), order(), options), failing('GIT_DENIED'))
    }))
})

describe('several writers', () => {
  it('four at once, two commits each, all land, each in its own file', async () => {
    const names = ['one', 'two', 'three', 'four']
    const path = (name: string) => `environments/dev/${name}/kustomization.yaml`
    const files = Object.fromEntries(names.map((name) => [path(name), entry(name, B)]))
    await withServer(
      {},
      async (bare, url) => {
        const write = async (name: string) => {
          const target = kustomize(url, { path: `environments/dev/${name}` })
          await deliver(target, order({ application: name, digest: A }), options)
          return deliver(target, order({ application: name, digest: C, expected: A }), options)
        }
        await Promise.all(names.map(write))
        assert.equal(bare.log().length, 9)
        for (const name of names) assert.equal(bare.show(path(name)), entry(name, C))
      },
      files,
    )
  })

  it('a lost race repeats the edit on the new text', () => {
    const both = `${entry('ordersvc', B)}- name: other\n  newTag: v1\n`
    const beforePush = (push: number) => {
      if (push === 1) bareOf.current?.commit('other image', { [PATH]: both })
    }
    return withServer({ beforePush }, async (bare, url) => {
      bareOf.current = bare
      const { commit } = await deliver(kustomize(url), order(), options)
      assert.equal(bare.show(PATH), both.replace(B, A))
      assert.equal(bare.log().length, 3)
      assert.equal(commit, bare.head())
    })
  })

  it('a third digest stops it: known before, and met in a race', () => {
    const beforePush = () => void bareOf.current?.commit('someone else', { [PATH]: entry('ordersvc', C) })
    return withServer({ beforePush }, async (bare, url) => {
      bareOf.current = bare
      await assert.rejects(
        deliver(kustomize(url), order({ expected: C }), options),
        failing('TARGET_CHANGED'),
      )
      assert.equal(bare.log().length, 1)
      await assert.rejects(deliver(kustomize(url), order(), options), failing('TARGET_CHANGED'))
      assert.equal(bare.show(PATH), entry('ordersvc', C))
    })
  })

  it('an answer that never came: the commit is found, not repeated', () =>
    withServer({ cutAnswer: (push) => push === 1 }, async (bare, url) => {
      const receipt = await deliver(kustomize(url), order(), options)
      assert.equal(bare.log().length, 2)
      assert.deepEqual([receipt.commit, receipt.changed], [bare.head(), [PATH]])
    }))

  it('a rewritten history stops it', () => {
    const beforePush = () => bareOf.current?.rewrite(seed)
    return withServer({ beforePush }, async (bare, url) => {
      bareOf.current = bare
      await assert.rejects(deliver(kustomize(url), order(), options), failing('GIT_DIVERGED'))
      assert.deepEqual(bare.log(), ['rewritten'])
    })
  })

  it('an abort ends it', () =>
    withServer({}, async (bare, url) => {
      const before = bare.head()
      const signal = AbortSignal.abort(new Error('stop'))
      await assert.rejects(deliver(kustomize(url), order(), { ...options, signal }), /stop/)
      assert.equal(bare.head(), before)
    }))
})

describe('refuses', () => {
  const paths: [name: string, path: string][] = [
    ['..', '../x'],
    ['.. inside', 'a/../../x'],
    ['an absolute path', '/etc'],
    ['.git', '.git/config'],
    ['a link to a directory', 'linked/ordersvc'],
    ['a link to a file', 'environments/link.yaml'],
    ['a kustomization that is a link', 'trap'],
  ]
  for (const [name, path] of paths)
    it(`a path that escapes: ${name}`, async () => {
      const links = {
        linked: { link: '../..' },
        'environments/link.yaml': { link: '/etc/passwd' },
        'trap/kustomization.yaml': { link: '../x' },
      }
      using bare = new BareRepository({ ...seed, ...links })
      await assert.rejects(
        deliver(kustomize(bare.directory, { path }), order(), options),
        failing('PATH_ESCAPES'),
      )
    })

  const missing: [name: string, more: object, code: keyof typeof deliveryErrors][] = [
    ['a missing path', { path: 'environments/prod/ordersvc' }, 'LOCATOR_NOT_FOUND'],
    ['a directory without kustomization', { path: 'environments' }, 'LOCATOR_NOT_FOUND'],
    ['a missing entry', { image: 'web' }, 'LOCATOR_NOT_FOUND'],
    ['a missing branch', { branch: 'nope' }, 'BRANCH_MISSING'],
    ['a missing repository', { repository: 'http://127.0.0.1:1/x.git' }, 'GIT_UNREACHABLE'],
    ['a missing directory', { repository: 'not-there.git' }, 'GIT_UNREACHABLE'],
    ['a remote helper that runs a program', { repository: 'ext::touch /tmp/never' }, 'GIT_UNREACHABLE'],
  ]
  for (const [name, more, code] of missing)
    it(name, async () => {
      using bare = new BareRepository(seed)
      await assert.rejects(deliver(kustomize(bare.directory, more), order(), options), failing(code))
    })

  it('a repository without a commit', async () => {
    using bare = new BareRepository()
    await assert.rejects(deliver(kustomize(bare.directory), order(), options), failing('BRANCH_MISSING'))
  })

  it('bytes that are not UTF-8', async () => {
    using bare = new BareRepository({ [PATH]: Buffer.from([0x61, 0x3a, 0xff, 0xfe]) })
    await assert.rejects(deliver(kustomize(bare.directory), order(), options), failing('YAML_INVALID'))
  })

  it('a push a hook declines, with the reason', () =>
    withServer({}, async (bare, url) => {
      bare.hook('pre-receive', 'echo "branch is frozen until Monday" >&2; exit 1')
      await assert.rejects(
        deliver(kustomize(url), order(), options),
        (error: Error) => failing('PUSH_DENIED')(error) && /frozen until Monday/.test(error.message),
      )
    }))

  it('a working copy that has the branch checked out', async () => {
    const copy = join(scratch, 'copy')
    mkdirSync(copy)
    using bare = new BareRepository(seed)
    git(copy, ['clone', '--quiet', bare.directory, '.'])
    await assert.rejects(deliver(kustomize(copy), order(), options), failing('GIT_DIRTY'))
  })
})
