import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../../src/base/command.ts'
import { NOWHERE } from './outside-tool.ts'

const GUIDES = join(import.meta.dirname, '../../docs/guide')
const LONGEST_MILLISECONDS = 100_000

export function pageText(page: string): string {
  return readFileSync(join(GUIDES, page), 'utf8')
}

/** The fenced blocks of a page of docs/guide in one language, as they stand there. */
export function blocksOf(page: string, language: string): readonly string[] {
  const text = pageText(page)
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, block = '']) => block,
  )
}

/** A text of a page with the examples in it replaced by what there is here. Each must stand in it. */
export function filledIn(block: string, replacements: Readonly<Record<string, string>>): string {
  let text = block
  for (const [example, real] of Object.entries(replacements)) {
    assert.ok(text.includes(example), `the page no longer says ${example}:\n${block}`)
    text = text.replaceAll(example, real)
  }
  return text
}

/** Runs shell commands as a reader would type them, on this machine only; the first one that fails ends them. */
export async function typed(script: string, cwd: string, env: NodeJS.ProcessEnv = {}) {
  const done = await run('bash', ['--norc', '-euo', 'pipefail', '-c', script], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, HTTPS_PROXY: NOWHERE, ...env },
    timeout: LONGEST_MILLISECONDS,
    accept: Array.from({ length: 256 }, (_, code) => code),
  })
  return { code: done.code, stdout: done.stdout.toString('utf8'), stderr: done.stderr }
}

/** The one line of a page that begins so. */
export function lineOf(page: string, begin: string): string {
  const lines = pageText(page).split('\n')
  const found = lines.filter((line) => line.startsWith(begin))
  assert.equal(found.length, 1, `lines of ${page} that begin with "${begin}"`)
  return found[0] ?? ''
}
