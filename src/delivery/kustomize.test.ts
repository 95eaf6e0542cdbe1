import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFailure } from '../base/index.ts'
import { parseRepository } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { deliveryErrors } from './errors.ts'
import { kustomizePlace } from './kustomize.ts'

const OLD = `sha256:${'0'.repeat(64)}`
const NEW = `sha256:${'a'.repeat(64)}` as Digest
const HERE = 'registry.example.com/dev/ordersvc'
const subject = { application: 'ordersvc', repository: parseRepository(HERE) }

function place(image?: string) {
  return kustomizePlace({ repository: 'r', branch: 'main', path: 'p', ...(image && { image }) }, subject)
}

async function edit(text: string, image?: string): Promise<string> {
  const files = [{ path: 'p/kustomization.yaml', text }]
  const [edited] = await place(image).write(files, { ...subject, digest: NEW, tag: '1.4.0' })
  return edited!.text
}

describe('kustomize images', () => {
  const named = (rest: string) => `images:\n- name: ordersvc\n  newName: ${HERE}\n${rest}`
  const cases: [name: string, before: string, after: string, image?: string][] = [
    ['digest', named(`  digest: ${OLD} # ci\n`), named(`  digest: ${NEW} # ci\n`)],
    ['newTag alone becomes the digest', named('  newTag: v1\n'), named(`  digest: ${NEW}\n`)],
    ['newTag with a digest in it', named(`  newTag: v1@${OLD}\n`), named(`  digest: ${NEW}\n`)],
    ['a stale newTag goes', named(`  newTag: v1\n  digest: ${OLD}\n`), named(`  digest: ${NEW}\n`)],
    [
      'a stale newTag behind goes',
      named(`  digest: ${OLD}\n  newTag: "1.10"\n`),
      named(`  digest: ${NEW}\n`),
    ],
    ['a numeric newTag', named('  newTag: 1.10\n'), named(`  digest: ${NEW}\n`)],
    ['nothing yet', named(''), named(`  digest: ${NEW}\n`)],
    ['an empty digest', named('  digest: # soon\n'), named(`  digest: ${NEW} # soon\n`)],
    [
      'four spaces',
      `images:\n    - name: ordersvc\n      newName: ${HERE}\n`,
      `images:\n    - name: ordersvc\n      newName: ${HERE}\n      digest: ${NEW}\n`,
    ],
    [
      'newName is set when it is another',
      `images:\n- name: ordersvc\n  newName: old/x\n  digest: ${OLD}\n`,
      named(`  digest: ${NEW}\n`),
    ],
    [
      'newName with a tag in it is another',
      `images:\n- name: ordersvc\n  newName: ${HERE}:v9\n  digest: ${OLD}\n`,
      named(`  digest: ${NEW}\n`),
    ],
    ['newName is added', `images:\n- name: ordersvc\n  digest: ${OLD}\n`, named(`  digest: ${NEW}\n`)],
    [
      'no newName needed',
      `images:\n- name: ${HERE}\n  digest: ${OLD}\n`,
      `images:\n- name: ${HERE}\n  digest: ${NEW}\n`,
      HERE,
    ],
    [
      'flow style',
      `images: [{ name: ordersvc, newName: ${HERE}, newTag: v1 }, { name: b }]\n`,
      `images: [{ name: ordersvc, newName: ${HERE}, digest: ${NEW} }, { name: b }]\n`,
    ],
    [
      'others stay',
      named(`  digest: ${OLD}\n- name: order\n  newTag: v1\n- name: ordersvc2\n  newTag: 1\n`),
      named(`  digest: ${NEW}\n- name: order\n  newTag: v1\n- name: ordersvc2\n  newTag: 1\n`),
    ],
    [
      'names with dots and expressions for others stay',
      named(`  digest: ${OLD}\n- name: order..vc2\n- name: '(web|api).*'\n`),
      named(`  digest: ${NEW}\n- name: order..vc2\n- name: '(web|api).*'\n`),
    ],
    ['already there', named(`  digest: "${NEW}"\n`), named(`  digest: "${NEW}"\n`)],
  ]
  for (const [name, before, after, image] of cases)
    it(name, async () => assert.equal(await edit(before, image), after))

  const refused: [name: string, text: string, code: keyof typeof deliveryErrors, image?: string][] = [
    ['no such entry', 'images:\n- name: other\n', 'LOCATOR_NOT_FOUND'],
    ['no images', 'resources: [x]\n', 'LOCATOR_NOT_FOUND'],
    ['empty file', '', 'LOCATOR_NOT_FOUND'],
    ['the short name is another name', 'images:\n- name: library/ordersvc\n', 'LOCATOR_NOT_FOUND'],
    ['two entries', 'images:\n- name: ordersvc\n- name: ordersvc\n', 'DUPLICATE_IMAGE_ENTRY'],
    [
      'an entry for one tag of it',
      'images:\n- name: ordersvc\n- name: ordersvc:1.0\n',
      'DUPLICATE_IMAGE_ENTRY',
    ],
    [
      'a chain into it',
      'images:\n- name: x\n  newName: ordersvc\n- name: ordersvc\n',
      'DUPLICATE_IMAGE_ENTRY',
    ],
    [
      'a chain out of it',
      `images:\n- name: ordersvc\n  newName: ${HERE}\n- name: ${HERE}\n`,
      'DUPLICATE_IMAGE_ENTRY',
    ],
    ['a pattern that matches', 'images:\n- name: ordersvc\n- name: order...\n', 'REGEX_IMAGE_NAME'],
    ['an expression that matches', "images:\n- name: ordersvc\n- name: 'orders.*'\n", 'REGEX_IMAGE_NAME'],
    ['a pattern kustomize dies of', "images:\n- name: ordersvc\n- name: 'x('\n", 'REGEX_IMAGE_NAME'],
    ['a pattern as the name', "images:\n- name: 'orders.*'\n", 'REGEX_IMAGE_NAME', 'orders.*'],
    ['two documents', 'a: b\n---\nimages:\n- name: ordersvc\n', 'YAML_INVALID'],
    ['images is a map', 'images: { name: ordersvc }\n', 'YAML_INVALID'],
    ['an entry without name', 'images:\n- newTag: x\n', 'YAML_INVALID'],
    ['an entry from an alias', 'x: &e { name: ordersvc }\nimages:\n- *e\n', 'ALIAS_SHARED'],
    [
      'an entry with a merge key',
      'x: &e { newTag: v1 }\nimages:\n- <<: *e\n  name: ordersvc\n',
      'ALIAS_SHARED',
    ],
    ['a shared digest', `x: &d ${OLD}\nimages:\n- name: ordersvc\n  digest: *d\n`, 'ALIAS_SHARED'],
  ]
  for (const [name, text, code, image] of refused)
    it(`refuses: ${name}`, () =>
      assert.rejects(
        () => edit(text, image),
        (error) => isFailure(error, deliveryErrors[code]),
      ))

  it('says which names are there', () =>
    assert.rejects(
      () => edit('images:\n- name: web\n- name: api\n'),
      /only the images web, api .*name: ordersvc/,
    ))

  it('chooses the one kustomization of a directory', () => {
    assert.deepEqual(place().choose(['a.yaml', 'kustomization.yml']), ['kustomization.yml'])
    assert.throws(
      () => place().choose(['a.yaml']),
      (error) => isFailure(error, deliveryErrors.LOCATOR_NOT_FOUND),
    )
    const both = ['kustomization.yaml', 'Kustomization']
    assert.throws(
      () => place().choose(both),
      (error) => isFailure(error, deliveryErrors.LOCATOR_AMBIGUOUS),
    )
  })

  it('reads the digest that stands there', async () => {
    const read = (text: string) => place().read([{ path: 'k', text }])
    assert.deepEqual(await read(`images:\n- name: ordersvc\n  digest: ${NEW}\n`), [NEW])
    assert.deepEqual(await read(`images:\n- name: ordersvc\n  newTag: v1@${NEW}\n`), [NEW])
    assert.deepEqual(await read('images:\n- name: ordersvc\n  newTag: v1\n'), [undefined])
    assert.deepEqual(await read('images:\n- name: ordersvc\n  digest: v1\n'), [undefined])
  })
})
