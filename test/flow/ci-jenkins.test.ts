import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { run } from '../../src/base/command.ts'
import { pipelineProject } from '../support/ci-pipeline.ts'
import type { Sample } from '../support/ci-pipeline.ts'
import type { Cleanup } from '../support/registries.ts'

async function jenkinsfiles(t: Cleanup, sample: Sample) {
  const { directory } = await pipelineProject(t, sample, 'jenkins')
  const paths = globSync('{,jenkins/}*Jenkinsfile', { cwd: directory })
  return paths.map((path) => ({ path, text: readFileSync(join(directory, path), 'utf8') }))
}

/** Groovy → what it says outside strings and comments, and its strings. Fails where a string or comment has no end. */
function tokensOf(text: string) {
  const strings: { readonly quote: string; readonly value: string }[] = []
  let code = ''
  for (let at = 0; at < text.length;) {
    const quote = ["'''", '"""', "'", '"'].find((one) => text.startsWith(one, at))
    if (text.startsWith('//', at)) at = text.indexOf('\n', at)
    else if (quote) {
      const end = endOf(text, at + quote.length, quote)
      strings.push({ quote, value: text.slice(at + quote.length, end) })
      code += `${quote}#${strings.length - 1}${quote}`
      at = end + quote.length
    } else {
      code += text[at]
      at += 1
    }
  }
  return { code, strings }
}

function endOf(text: string, start: number, quote: string): number {
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text.startsWith(quote, at)) return at
    else if (quote.length === 1) assert.notEqual(text[at], '\n', 'a string ends on its line')
  }
  return assert.fail('a string without an end')
}

/** Groovy's escapes in a string of single quotes. */
function unescaped(value: string): string {
  return value.replaceAll(/\\(\n|.)/g, (_, one: string) => (one === '\n' ? '' : one === 'n' ? '\n' : one))
}

for (const sample of ['small', 'regulated'] as const)
  describe(`the Jenkinsfiles of ${sample}`, () => {
    it('are balanced, and name each stage once', async (t) => {
      for (const { path, text } of await jenkinsfiles(t, sample)) {
        const { code, strings } = tokensOf(text)
        const open: string[] = []
        for (const one of code) {
          if ('{[('.includes(one)) open.push(one)
          const closes = { '}': '{', ']': '[', ')': '(' }[one]
          if (closes) assert.equal(open.pop(), closes, path)
        }
        assert.deepEqual(open, [], path)
        const stages = [...code.matchAll(/stage\('#(\d+)'\)/g)].map(
          ([, index]) => strings[Number(index)]?.value,
        )
        assert.deepEqual(stages, [...new Set(stages)], path)
      }
    })

    it('put nothing into a script: every sh is in single quotes, and Groovy fills in the workspace only', async (t) => {
      for (const { path, text } of await jenkinsfiles(t, sample)) {
        const { code, strings } = tokensOf(text)
        const scripts = [...code.matchAll(/\bsh\b\s*(\S{3})/g)].map(([, quote]) => quote)
        assert.ok(scripts.length > 0, path)
        assert.deepEqual([...new Set(scripts)], ["'''"], path)
        for (const { quote, value } of strings)
          if (quote.startsWith('"'))
            assert.deepEqual(
              [...value.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name).filter((name) => name !== 'PATH'),
              ['WORKSPACE_TMP'],
              value,
            )
      }
    })

    it('have scripts that sh can read, which are never traced', async (t) => {
      for (const { text } of await jenkinsfiles(t, sample))
        for (const { quote, value } of tokensOf(text).strings.filter((one) => one.quote === "'''")) {
          assert.equal(quote, "'''")
          const script = unescaped(value)
          assert.match(script, /^#!\/bin\/sh\n\s+set -eu\n/)
          const read = await run('sh', ['-n'], { input: script, env: {}, accept: [0, 2] })
          assert.equal(read.code, 0, `${read.stderr}\n${script}`)
        }
    })

    it('ask for credentials only around Waybill, and for none where a fork builds', async (t) => {
      for (const { path, text } of await jenkinsfiles(t, sample))
        for (const stage of text.split(/(?=\n\s*stage\()/)) {
          const forFork = stage.includes('expression { env.CHANGE_FORK }')
          if (forFork) assert.doesNotMatch(stage, /withCredentials|_KEY|PASSWORD/, path)
          const outside = stage.replaceAll(/withCredentials\(\[[\s\S]*?\n(\s*)\]\) \{[\s\S]*?\n\1\}/g, '')
          assert.doesNotMatch(outside, /_FILE\b|PASSWORD|_TOKEN\b/, `${path}: ${stage.trim().split('\n')[0]}`)
        }
    })
  })

it('a file of a flow asks for what a person must say', async (t) => {
  const files = await jenkinsfiles(t, 'regulated')
  const rollback = files.find(({ path }) => path === 'jenkins/rollback.Jenkinsfile')?.text ?? ''
  assert.match(
    rollback,
    /choice\(name: 'ENVIRONMENT', choices: \['sit', 'qa', 'performance', 'preprod', 'prod'\]/,
  )
  assert.match(rollback, /string\(name: 'REASON'/)
  assert.match(rollback, /expression \{ params\.ENVIRONMENT == 'prod' \}/)
  const rescan = files.find(({ path }) => path === 'jenkins/rescan.Jenkinsfile')?.text ?? ''
  assert.match(rescan, /cron\('TZ=UTC\\n15 2 \* \* \*'\)/)
})
