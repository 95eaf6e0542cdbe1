import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { extract } from 'tar-stream'
import { writeTar } from './tar.ts'
import type { TarMember } from './tar.ts'

const file = (path: string, text = '', executable = false): TarMember => ({
  path,
  type: 'file',
  executable,
  size: Buffer.byteLength(text),
  content: async function* () {
    yield Buffer.from(text)
  },
})
const long = `${'very-long-folder-name/'.repeat(9)}file.txt`
const members: readonly TarMember[] = [
  { path: 'app/', type: 'directory', executable: true, size: 0 },
  file('app/empty'),
  file('app/run.sh', '#!/bin/sh\n', true),
  file('app/block', 'x'.repeat(512)),
  file(long, 'long'),
  file('app/größe 漢字.txt', 'unicode'),
  { path: 'app/link', type: 'link', executable: true, size: 0, linkTarget: 'run.sh' },
  { path: 'app/far', type: 'link', executable: true, size: 0, linkTarget: long },
]

async function archive(list: readonly TarMember[], epoch = 1_700_000_000): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(writeTar(list, epoch)))
}

describe('src/pipeline/tar.ts', () => {
  it('writes what another implementation reads back', async () => {
    const reader = extract()
    reader.end(await archive(members))
    const seen: unknown[] = []
    for await (const entry of reader) {
      const { name, type, mode, uid, gid, mtime, linkname } = entry.header
      const text = Buffer.concat(await Array.fromAsync(entry as AsyncIterable<Buffer>)).toString()
      assert.deepEqual([uid, gid, mtime?.getTime()], [0, 0, 1_700_000_000_000])
      seen.push([name, type, mode, text, linkname])
    }
    assert.deepEqual(seen, [
      ['app/', 'directory', 0o755, '', null],
      ['app/empty', 'file', 0o644, '', null],
      ['app/run.sh', 'file', 0o755, '#!/bin/sh\n', null],
      ['app/block', 'file', 0o644, 'x'.repeat(512), null],
      [long, 'file', 0o644, 'long', null],
      ['app/größe 漢字.txt', 'file', 0o644, 'unicode', null],
      ['app/link', 'symlink', 0o755, '', 'run.sh'],
      ['app/far', 'symlink', 0o755, '', long],
    ])
  })

  it('writes what the system tar lists without a warning', async () => {
    const listed = execFileSync('tar', ['-tf', '-', '--quoting-style=literal'], {
      input: await archive(members),
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
      stdio: 'pipe',
    })
    assert.deepEqual(
      listed.toString().trim().split('\n'),
      members.map(({ path }) => path),
    )
  })

  it('counts the digits of a pax record that tips over a power of ten', async () => {
    for (let length = 80; length < 110; length++) {
      const path = 'ü'.repeat(length)
      const reader = extract()
      reader.end(await archive([file(path, 'x')]))
      const names: string[] = []
      for await (const entry of reader) {
        names.push(entry.header.name)
        entry.resume()
      }
      assert.deepEqual(names, [path])
    }
  })

  it('refuses a file that the format cannot hold', async () => {
    await assert.rejects(archive([{ ...file('huge'), size: 8 ** 11 }]), {
      code: 'CONTEXT_UNUSABLE',
      where: 'huge',
    })
  })
})
