import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFailure } from '../base/index.ts'
import { parseRepository } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { deliveryErrors } from './errors.ts'
import { helmPlace } from './helm.ts'
import { deliverSchema } from './schema.ts'

const OLD = `sha256:${'0'.repeat(64)}`
const NEW = `sha256:${'a'.repeat(64)}` as Digest
const HERE = 'registry.example.com/dev/ordersvc'
const repository = parseRepository(HERE)

function place(keys: object = {}) {
  const target = deliverSchema.parse({ helm: { repository: 'r', file: 'values.yaml', ...keys } })
  return 'helm' in target ? helmPlace(target.helm) : assert.fail()
}

async function edit(text: string, keys: object = {}, tag: string | undefined = '1.4.0'): Promise<string> {
  const image = { repository, digest: NEW, ...(tag && { tag }) }
  const [edited] = await place(keys).write([{ path: 'values.yaml', text }], image)
  return edited!.text
}

describe('helm values', () => {
  const image = (rest: string) => `# values\nimage:\n  repository: ${HERE}\n${rest}replicas: 2\n`
  const cases: [name: string, found: Promise<string>, expected: string][] = [
    ['digest', edit(image(`  digest: ${OLD}\n`)), image(`  digest: ${NEW}\n`)],
    [
      'digest is added',
      edit(image('  pullPolicy: Always\n')),
      image(`  digest: ${NEW}\n  pullPolicy: Always\n`),
    ],
    ['digest is added after the tag', edit(image('  tag: v1\n')), image(`  tag: v1\n  digest: ${NEW}\n`)],
    ['empty digest', edit(image('  digest: ""\n')), image(`  digest: "${NEW}"\n`)],
    [
      'tagKey',
      edit(image(`  tag: "1.3"\n  digest: ${OLD}\n`), { tagKey: 'image.tag' }),
      image(`  tag: "1.4.0"\n  digest: ${NEW}\n`),
    ],
    [
      'tagKey without a tag',
      edit(image(`  tag: v1\n  digest: ${OLD}\n`), { tagKey: 'image.tag' }, ''),
      image(`  tag: ""\n  digest: ${NEW}\n`),
    ],
    [
      'the repository',
      edit(`image:\n  repository: old/x # here\n  digest: ${OLD}\n`),
      `image:\n  repository: ${HERE} # here\n  digest: ${NEW}\n`,
    ],
    [
      'the repository is added',
      edit(`image:\n  digest: ${OLD}\n`),
      `image:\n  digest: ${NEW}\n  repository: ${HERE}\n`,
    ],
    [
      'registry and repository apart',
      edit(`image:\n  registry: docker.io\n  repository: a/b\n  digest: ${OLD}\n`),
      `image:\n  registry: registry.example.com\n  repository: dev/ordersvc\n  digest: ${NEW}\n`,
    ],
    [
      'registry and repository apart, the same',
      edit(`image:\n  registry: registry.example.com\n  repository: dev/ordersvc\n  digest: ${OLD}\n`),
      `image:\n  registry: registry.example.com\n  repository: dev/ordersvc\n  digest: ${NEW}\n`,
    ],
    [
      'tag dialect',
      edit(image(`  tag: v1@${OLD}\n`), { digest: 'image.tag' }),
      image(`  tag: 1.4.0@${NEW}\n`),
    ],
    [
      'tag dialect without a tag',
      edit(image(`  tag: v1@${OLD}\n`), { digest: 'image.tag' }, ''),
      image(`  tag: sha256-aaaaaaaaaaaa@${NEW}\n`),
    ],
    [
      'tag dialect, already there',
      edit(image(`  tag: v1@${NEW}\n`), { digest: 'image.tag' }),
      image(`  tag: v1@${NEW}\n`),
    ],
    ['one string', edit(`image: old/x:v1@${OLD}\n`, { digest: 'image' }), `image: ${HERE}:1.4.0@${NEW}\n`],
    [
      'one string without tag',
      edit(`web:\n  image: 'old/x'\n`, { digest: 'web.image' }),
      `web:\n  image: '${HERE}@${NEW}'\n`,
    ],
    [
      'deep, in a list, with a dot in a key',
      edit(`a.b:\n- image: { repository: ${HERE}, digest: x }\n`, { digest: 'a\\.b.0.image.digest' }),
      `a.b:\n- image: { repository: ${HERE}, digest: ${NEW} }\n`,
    ],
    [
      'the document that has it',
      edit(`a: b\n---\n${image(`  digest: ${OLD}\n`)}`),
      `a: b\n---\n${image(`  digest: ${NEW}\n`)}`,
    ],
    [
      'a repository elsewhere',
      edit(`name: old\nimage:\n  digest: ${OLD}\n`, { repositoryKey: 'name' }),
      `name: ${HERE}\nimage:\n  digest: ${NEW}\n`,
    ],
  ]
  for (const [name, found, expected] of cases) it(name, async () => assert.equal(await found, expected))

  const refused: [name: string, text: string, code: keyof typeof deliveryErrors][] = [
    ['no image', 'replicas: 2\n', 'LOCATOR_NOT_FOUND'],
    ['an empty image', 'image: {}\n', 'LOCATOR_NOT_FOUND'],
    ['image is a text', 'image: x\n', 'LOCATOR_NOT_FOUND'],
    ['a map as digest', 'image:\n  digest: { a: b }\n', 'LOCATOR_NOT_FOUND'],
    ['two documents have it', 'image: { digest: a }\n---\nimage: { digest: b }\n', 'LOCATOR_AMBIGUOUS'],
    ['a template', 'image:\n  digest: "{{ .x }}"\n', 'TEMPLATE_FILE'],
    ['a substitution', 'image:\n  digest: ${DIGEST}\n', 'TEMPLATE_FILE'],
    ['an alias', 'x: &i { digest: a }\nimage: *i\n', 'ALIAS_SHARED'],
  ]
  for (const [name, text, code] of refused)
    it(`refuses: ${name}`, () =>
      assert.rejects(
        () => edit(text),
        (error) => isFailure(error, deliveryErrors[code]),
      ))
})
