import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFailure } from '../base/index.ts'
import { parseRepository } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { deliveryErrors } from './errors.ts'
import { manifestsPlace } from './manifests.ts'

const OLD = `sha256:${'0'.repeat(64)}`
const NEW = `sha256:${'a'.repeat(64)}` as Digest
const HERE = 'registry.example.com:5000/dev/ordersvc'
const subject = { application: 'ordersvc', repository: parseRepository(HERE) }

function place(more: object = {}) {
  return manifestsPlace({ repository: 'r', branch: 'main', path: 'd', ...more }, subject)
}

async function edit(text: string, more: object = {}, tag = '1.4.0'): Promise<string> {
  const image = { ...subject, digest: NEW, ...(tag && { tag }) }
  const [edited] = await place(more).write([{ path: 'd/a.yaml', text }], image)
  return edited!.text
}

const pod = (image: string) =>
  `spec:\n  containers:\n  - name: web\n    image: ${image} # x\n  - name: log\n    image: fluent:1\n`

describe('manifests', () => {
  const cases: [name: string, found: Promise<string>, expected: string][] = [
    ['tag', edit(pod(`${HERE}:v1`)), pod(`${HERE}:1.4.0@${NEW}`)],
    ['tag, none known now', edit(pod(`${HERE}:v1`), {}, ''), pod(`${HERE}@${NEW}`)],
    ['tag and digest', edit(pod(`${HERE}:v1@${OLD}`)), pod(`${HERE}:1.4.0@${NEW}`)],
    ['digest', edit(pod(`${HERE}@${OLD}`)), pod(`${HERE}@${NEW}`)],
    ['bare', edit(pod(HERE)), pod(`${HERE}@${NEW}`)],
    ['quoted', edit(pod(`"${HERE}:v1"`)), pod(`"${HERE}:1.4.0@${NEW}"`)],
    [
      'another registry, the same last part',
      edit(pod('ghcr.io/acme/ordersvc:v1')),
      pod(`${HERE}:1.4.0@${NEW}`),
    ],
    ['the bare application', edit(pod('ordersvc')), pod(`${HERE}@${NEW}`)],
    ['already there, whatever the tag', edit(pod(`${HERE}:v1@${NEW}`)), pod(`${HERE}:v1@${NEW}`)],
    ['a named image', edit(pod('acme/web:v1'), { image: 'docker.io/acme/web' }), pod(`${HERE}:1.4.0@${NEW}`)],
    [
      'init containers',
      edit(`spec: { initContainers: [{ image: '${HERE}' }] }\n`),
      `spec: { initContainers: [{ image: '${HERE}@${NEW}' }] }\n`,
    ],
    ['a custom resource', edit(`spec:\n  image: ${HERE}:v1\n`), `spec:\n  image: ${HERE}:1.4.0@${NEW}\n`],
    [
      'all of several documents',
      edit(`a: 1\n---\n${pod(HERE)}---\n${pod(HERE)}`),
      `a: 1\n---\n${pod(`${HERE}@${NEW}`)}---\n${pod(`${HERE}@${NEW}`)}`,
    ],
    [
      'one container',
      edit(`- { name: a, image: ordersvc }\n- { name: b, image: ordersvc }\n`, { container: 'b' }),
      `- { name: a, image: ordersvc }\n- { name: b, image: ${HERE}@${NEW} }\n`,
    ],
    [
      'a values-like map is left',
      edit(`image: { repository: x }\n---\n${pod(HERE)}`),
      `image: { repository: x }\n---\n${pod(`${HERE}@${NEW}`)}`,
    ],
  ]
  for (const [name, found, expected] of cases) it(name, async () => assert.equal(await found, expected))

  const refused: [name: string, text: string, code: keyof typeof deliveryErrors, more?: object][] = [
    ['no image of it', pod('acme/other:v1'), 'LOCATOR_NOT_FOUND'],
    ['a longer name', pod('acme/ordersvc-web:v1'), 'LOCATOR_NOT_FOUND'],
    ['no such container', pod(HERE), 'LOCATOR_NOT_FOUND', { container: 'nope' }],
    ['a variable in front', pod('"${REGISTRY}/ordersvc:v1"'), 'TEMPLATE_FILE'],
    ['a Helm template', pod('{{ .Values.ordersvc }}'), 'TEMPLATE_FILE'],
    ['a broken file that has the name', `image: ordersvc\n b: [\n`, 'YAML_INVALID'],
    [
      'an alias',
      `x: &i ${HERE}:v1\nimage: *i\ny:\n  image: *i\nz: { image: &j ${HERE} }\nq: *j\n`,
      'ALIAS_SHARED',
    ],
  ]
  for (const [name, text, code, more] of refused)
    it(`refuses: ${name}`, () =>
      assert.rejects(
        () => edit(text, more),
        (error) => isFailure(error, deliveryErrors[code]),
      ))

  it('names the images that are there', () =>
    assert.rejects(() => edit(pod('acme/other:v1 # ordersvc')), /only acme\/other:v1, fluent:1/))

  it('reads YAML files of a directory, and skips those without the name', async () => {
    assert.deepEqual(place().choose(['a.yaml', 'b.yml', 'c.json', 'README.md']), ['a.yaml', 'b.yml'])
    const files = [
      { path: 'd/broken.yaml', text: '{{ if }}\n a: [' },
      { path: 'd/a.yaml', text: pod(`${HERE}@${OLD}`) },
    ]
    const edited = await place().write(files, { ...subject, digest: NEW })
    assert.equal(edited[0], files[0])
    assert.equal(edited[1]!.text, pod(`${HERE}@${NEW}`))
    assert.deepEqual(await place().read(files), [OLD])
  })
})
