import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { errorTables } from '../scripts/errors-doc.ts'

const ROOT = join(import.meta.dirname, '..')
const tables = errorTables()
const declared = [...tables.values()].flat()

test('every room with errors is in the list the page is made from', () => {
  const rooms = globSync('src/*/errors.ts', { cwd: ROOT }).map((file) => basename(dirname(file)))
  assert.deepEqual(new Set(tables.keys()), new Set(rooms))
})

test('no code is declared twice', () => {
  const codes = declared.map(({ code }) => code)
  assert.deepEqual(
    codes.filter((code, at) => codes.indexOf(code) !== at),
    [],
  )
})

test('docs/errors.md has every code, and no other', () => {
  const text = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8')
  const written = [...text.matchAll(/^### (\S+)$/gm)].map(([, code]) => code)
  assert.deepEqual(new Set(written), new Set(declared.map(({ code }) => code)))
})

test('every code says what happened and what to do, and is well formed', () => {
  for (const { code, about, next, exit } of declared) {
    assert.match(code, /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/)
    assert.match(about, /[.!]$/, `${code}: about`)
    assert.match(next, /[.!]$/, `${code}: next`)
    assert.ok([1, 2, 3, 4].includes(exit), code)
  }
})

test('every code is thrown or reported somewhere', () => {
  const code = globSync('src/**/*.ts', { cwd: ROOT })
    .filter((file) => !file.endsWith('errors.ts') && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(ROOT, file), 'utf8'))
    .join('\n')
  const unused = declared.filter((one) => !new RegExp(`\\b${one.code}\\b`).test(code)).map((one) => one.code)
  assert.deepEqual(unused, [])
})
