import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'

const SRC = join(import.meta.dirname, '..', 'src')
const PURE = ['oci', 'attestation', 'policy', 'report']
const FORBIDDEN_IN_PURE =
  /^(?:node:)?(?:fs|net|http|https|http2|tls|dgram|child_process|worker_threads)(?:\/|$)|^undici/
const CLOCK_AND_NETWORK = /\bfetch\(|\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/
interface Import {
  readonly file: string
  readonly room: string
  readonly specifier: string
  readonly isType: boolean
  /** `room/file.ts` of the target; undefined for packages. */
  readonly target: string | undefined
}

const readme = readFileSync(join(SRC, 'README.md'), 'utf8')
const plan = readPlan()
const secondDoors = filesNamed('Second doors:')
const contracts = filesNamed('Contract files')
const imports = globSync('**/*.ts', { cwd: SRC }).flatMap(importsOf)
const shipped = imports.filter(({ file }) => !file.endsWith('.test.ts'))

test('every room of the plan has a door, and every folder is in the plan', () => {
  const folders = globSync('*/*.ts', { cwd: SRC }).map((file) => dirname(file))
  assert.deepEqual(
    [...new Set(folders)].filter((folder) => !plan.has(folder)),
    [],
    'folders that src/README.md does not name',
  )
  const absent = [...plan.keys()].filter((room) => !existsSync(join(SRC, room, 'index.ts')))
  assert.deepEqual(
    absent.filter((room) => room !== 'cli'),
    [],
    'rooms of src/README.md without index.ts',
  )
})

test('rooms import only what the plan allows', () => {
  const wrong = shipped.filter(({ room, target }) => {
    const other = target?.split('/')[0]
    return other !== undefined && other !== room && !plan.get(room)?.includes(other)
  })
  assert.deepEqual(wrong.map(show), [])
})

test('rooms are entered by their door', () => {
  const wrong = shipped.filter(({ room, target, isType }) => {
    if (target === undefined || target.startsWith(`${room}/`) || target.endsWith('/index.ts')) return false
    if (secondDoors.includes(target)) return false
    if (contracts.includes(target)) return !isType
    return !(room === 'config' && target.endsWith('/schema.ts'))
  })
  assert.deepEqual(wrong.map(show), [])
})

test('the plan is acyclic', () => {
  const visit = (room: string, path: readonly string[]): void => {
    assert.ok(!path.includes(room), `a loop: ${[...path, room].join(' → ')}`)
    for (const next of plan.get(room) ?? []) visit(next, [...path, room])
  }
  for (const room of plan.keys()) visit(room, [])
})

test('contract files hold types only', () => {
  assert.ok(contracts.length > 0)
  for (const file of contracts) {
    const code = withoutComments(readFileSync(join(SRC, file), 'utf8'))
    assert.doesNotMatch(code, /^(?:export )?(?:async )?(?:const|let|function|class) /m, file)
  }
})

test('pure rooms reach no file system, network, process or clock', () => {
  const wrong = shipped.filter(
    ({ room, specifier, target, isType }) =>
      PURE.includes(room) && !isType && (FORBIDDEN_IN_PURE.test(specifier) || isSideDoorOfBase(target)),
  )
  assert.deepEqual(wrong.map(show), [])
  for (const room of PURE) {
    for (const file of globSync(`${room}/**/*.ts`, { cwd: SRC })) {
      if (file.endsWith('.test.ts')) continue
      assert.doesNotMatch(withoutComments(readFileSync(join(SRC, file), 'utf8')), CLOCK_AND_NETWORK, file)
    }
  }
})

/** All of them reach the file system, the network or a process. */
function isSideDoorOfBase(target: string | undefined): boolean {
  return target !== undefined && target.startsWith('base/') && target !== 'base/index.ts'
}

test('shipped code imports no test code', () => {
  const wrong = shipped.filter(({ specifier }) => /\.test\.ts$|\/test\/|^node:test/.test(specifier))
  assert.deepEqual(wrong.map(show), [])
})

/** The table of src/README.md: room → rooms it may import. */
function readPlan(): ReadonlyMap<string, readonly string[]> {
  const rows = readme.matchAll(/^\| ([a-z]+) \|[^|]*\|([^|]*)\|$/gm)
  const entries = [...rows].map(
    ([, room = '', list = '']) =>
      [
        room,
        list
          .split(',')
          .map((one) => one.trim())
          .filter(Boolean),
      ] as const,
  )
  const table = new Map(entries.filter(([room]) => room !== 'room'))
  assert.ok(table.size > 10, 'src/README.md has no table of rooms')
  return table
}

/** The files that the paragraph of src/README.md with these first words names. */
function filesNamed(firstWords: string): readonly string[] {
  const paragraph = readme.split('\n\n').find((text) => text.startsWith(firstWords)) ?? ''
  return [...paragraph.matchAll(/`([a-z]+\/[a-z-]+\.ts)`/g)].map(([, file = '']) => file)
}

function importsOf(file: string): readonly Import[] {
  const [room = ''] = file.split('/')
  if (!file.includes('/')) return []
  const code = withoutComments(readFileSync(join(SRC, file), 'utf8'))
  const statements = code.matchAll(
    /^\s*(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm,
  )
  return [...statements].map(([, type, statically, dynamically]) => {
    const specifier = statically ?? dynamically ?? ''
    return { file, room, specifier, isType: type !== undefined, target: targetOf(file, specifier) }
  })
}

function targetOf(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  const path = join(SRC, dirname(file), specifier)
  assert.ok(existsSync(path) && statSync(path).isFile(), `${file} imports ${specifier}, which is not there`)
  return relative(SRC, path)
}

function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
}

function show({ file, specifier }: Import): string {
  return `${file} imports ${specifier}`
}
