import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { actions } from '../../src/ci/github/actions.ts'
import { SAMPLES } from '../support/ci-pipeline.ts'
import { workflowMistakes } from '../support/runners/github-parser.ts'
import { textOf } from '../support/runners/strict.ts'
import type { Fields } from '../support/runners/strict.ts'

const files = globSync('*/github/.github/workflows/*.yml', { cwd: SAMPLES })

function jobsIn(text: string): readonly Fields[] {
  return Object.values((parse(text) as { jobs: Record<string, Fields> }).jobs)
}

describe('workflows of GitHub Actions', () => {
  it('are there for both samples', () => assert.equal(files.length, 16))

  for (const file of files) {
    const text = readFileSync(join(SAMPLES, file), 'utf8')

    it(`${file} is a workflow to GitHub's own parser`, async () => {
      assert.deepEqual(await workflowMistakes(file, text), [])
    })

    it(`${file} gives each job what it needs and no more`, () => {
      assert.match(text, /^permissions: \{\}$/m)
      for (const job of jobsIn(text)) {
        const rights = job['permissions'] as Record<string, string>
        const isComment = rights['pull-requests'] === 'write'
        assert.deepEqual(rights['contents'], isComment ? undefined : 'read')
        assert.ok(Number(job['timeout-minutes']) > 0)
        // Where the source of a pull request is at hand, nothing may be written to it.
        if (isComment) assert.doesNotMatch(JSON.stringify(job), /actions\/checkout/)
      }
    })

    it(`${file} has no expression and no secret in the text of a script`, () => {
      const scripts = jobsIn(text).flatMap(({ steps }) => (steps as Fields[]).flatMap(({ run }) => run ?? []))
      assert.ok(scripts.length > 0)
      for (const script of scripts) assert.doesNotMatch(textOf(script), /\$\{\{/)
    })

    it(`${file} uses actions of the table only, by commit`, () => {
      const used = [...text.matchAll(/uses: (.*)$/gm)].map(([, name = '']) => name)
      for (const name of used) assert.ok((Object.values(actions) as string[]).includes(name), name)
    })
  }
})

describe('the table of actions', () => {
  for (const [name, pinned] of Object.entries(actions))
    it(`${name} is pinned by a whole commit id, with its version`, () => {
      assert.match(pinned, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
    })
})

describe("GitHub's own parser", () => {
  const right = readFileSync(join(SAMPLES, 'small/github/.github/workflows/waybill-build.yml'), 'utf8')
  for (const [what, from, to] of [
    ['an unknown key', 'timeout-minutes', 'timeout-minute'],
    ['an unknown context', 'secrets.WAYBILL_BUILD_KEY', 'secret.WAYBILL_BUILD_KEY'],
    ['a context of another place', 'name: Build ordersvc\n', 'name: ${{ secrets.X }}\n'],
    ['an unknown right', 'contents: read', 'content: read'],
    ['a queue of another kind', 'queue: max', 'queue: most'],
  ] as const)
    it(`finds ${what}`, async () => {
      assert.ok(right.includes(from))
      assert.notDeepEqual(await workflowMistakes('x.yml', right.replace(from, to)), [])
    })
})
