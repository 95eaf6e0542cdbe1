import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isMap, isScalar, parseAllDocuments, visit } from 'yaml'
import { isFailure } from '../../src/base/index.ts'
import { deliver, deliveryErrors, deliverSchema } from '../../src/delivery/index.ts'
import type { DeliverTarget } from '../../src/delivery/index.ts'
import { placeOf } from '../../src/delivery/place-of.ts'
import { parseRepository } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { BareRepository } from '../support/git.ts'

// Real files nobody on this project wrote.
const root = join(import.meta.dirname, '../../../shared/fixtures/gitops')
const skip = existsSync(root) ? false : 'the fixtures folder is not on this machine'
const NEW = `sha256:${'ab'.repeat(32)}` as Digest

interface Case {
  readonly path: string
  readonly keys: readonly string[]
  /** The `tag` scalar; undefined where the image has only a repository. */
  readonly old: string | undefined
  readonly repository: string
}

/** Every `image: { repository, … }` of the HelmReleases, which write the digest as `tag: x@sha256:…`. */
function casesOf(path: string, text: string): readonly Case[] {
  const found: Case[] = []
  for (const document of parseAllDocuments(text))
    visit(document, {
      Pair(_, pair, ancestors) {
        if (!isScalar(pair.key) || pair.key.value !== 'image' || !isMap(pair.value)) return
        const [tag, repository] = [pair.value.get('tag'), pair.value.get('repository')]
        if (typeof repository !== 'string') return
        const above = ancestors.flatMap((one) =>
          'key' in one && isScalar(one.key) ? [String(one.key.value)] : [],
        )
        const old = typeof tag === 'string' ? tag : undefined
        found.push({ path, keys: [...above, 'image', old === undefined ? 'digest' : 'tag'], old, repository })
      },
    })
  return found
}

describe('files of a living GitOps repository', { skip }, () => {
  const paths = skip
    ? []
    : readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'))
  const files = Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
  const cases = Object.entries(files).flatMap(([path, text]) => casesOf(path, text))

  it('has enough of them', () => assert.ok(cases.length >= 20, `${cases.length} image scalars`))

  for (const one of cases)
    it(`one scalar changes in ${one.path} (${one.keys.at(-3)})`, async () => {
      const text = files[one.path]!
      const place = placeOf(targetOf(one, 'r'), orderOf(one))
      const [edited] = await place.write([{ path: one.path, text }], orderOf(one))
      const written = one.old === undefined ? NEW : `9.9.9@${NEW}`
      assert.equal(
        withoutDigestLine(edited!.text, one),
        one.old === undefined ? text : text.replace(one.old, written),
      )
      assert.deepEqual(await place.read([edited!]), [NEW])
    })

  it('kustomizations without the image are read and refused', async () => {
    const kustomizations = paths.filter((path) => path.endsWith('kustomization.yaml'))
    assert.ok(kustomizations.length > 30)
    for (const path of kustomizations) {
      const target = deliverSchema.parse({ kustomize: { repository: 'r', path } })
      const order = { application: 'x', repository: parseRepository('example.com/x') }
      const read = () => placeOf(target, order).read([{ path, text: files[path]! }])
      await assert.rejects(read, (error) => isFailure(error, deliveryErrors.LOCATOR_NOT_FOUND), path)
    }
  })

  it('the same through git', async () => {
    using bare = new BareRepository(files)
    for (const one of cases.filter(({ old }) => old !== undefined).slice(0, 3)) {
      await deliver(targetOf(one, bare.directory), orderOf(one), {
        directory: '/',
        env: process.env,
        now: new Date(0),
      })
      assert.equal(bare.show(one.path), files[one.path]!.replace(one.old!, `9.9.9@${NEW}`))
    }
  })
})

// Where no digest stood, one line was added behind the repository; without it the file is the old one.
function withoutDigestLine(text: string, one: Case): string {
  return one.old === undefined ? text.replace(new RegExp(`\n +digest: ${NEW}`), '') : text
}

function targetOf(one: Case, repository: string): DeliverTarget {
  const dotted = one.keys.map((key) => key.replaceAll('.', '\\.')).join('.')
  return deliverSchema.parse({ helm: { repository, file: one.path, digest: dotted } })
}

function orderOf(one: Case) {
  const repository = parseRepository(one.repository)
  return {
    application: 'x',
    environment: 'prod',
    repository,
    digest: NEW,
    tag: '9.9.9',
    kind: 'promote' as const,
  }
}
