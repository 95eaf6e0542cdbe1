import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { isObject } from '../src/base/index.ts'
import { evaluate, gatesSchema } from '../src/policy/index.ts'
import type { Facts } from '../src/policy/index.ts'
import { gates } from '../src/policy/gates.ts'
import { factsWith, signer, verified } from './support/policy-facts.ts'

const FOLDER = join(import.meta.dirname, '../docs/reference/gates')
const pages = readdirSync(FOLDER).filter((file) => file.endsWith('.md'))

/** A statement as a page writes it. */
interface Told {
  readonly type: Parameters<typeof verified>[0]
  readonly predicate: object
  readonly signer?: string
  readonly roles?: readonly string[]
  /** When a timestamp authority proves it. */
  readonly provenOn?: string
}

// A page is read from top to bottom: `yaml gate`, `json facts` (kept until the next one), `text verdict`.
for (const page of pages)
  describe(`docs/reference/gates/${page}`, () => {
    const text = readFileSync(join(FOLDER, page), 'utf8')
    const blocks = [...text.matchAll(/^```(yaml gate|json facts|text verdict)\n(.*?)^```$/gms)]
    let gate: unknown
    let facts = factsWith([])
    let examples = 0
    for (const [, kind, body = ''] of blocks) {
      if (kind === 'yaml gate') gate = parse(body)
      else if (kind === 'json facts') facts = factsOf(JSON.parse(body) as Record<string, unknown>)
      else {
        const asked = { gate, facts }
        test(`example ${++examples}: ${JSON.stringify(gate)}`, () => holds(asked.gate, asked.facts, body))
      }
    }
    test('shows at least one that passes and one that does not', () => {
      const verdicts = blocks.filter(([, kind]) => kind === 'text verdict').map(([, , body = '']) => body)
      assert.ok(
        verdicts.some((body) => /^(pass|waived):/.test(body)),
        'no example passes',
      )
      assert.ok(
        verdicts.some((body) => !/^(pass|waived):/.test(body)),
        'no example is stopped',
      )
    })
  })

async function holds(gate: unknown, facts: Facts, expected: string): Promise<void> {
  const verdict = await evaluate(await gatesSchema.parseAsync([gate]), facts)
  const said = verdict.gates.map(({ result, reason }) => `${result}: ${reason}`)
  assert.equal(said.join('\n'), expected.trim().replaceAll(/\n(?!(?:pass|fail|error|pending|waived):)/g, ' '))
}

/** Facts as a page writes them: statements, and whatever else differs from `factsWith`. */
function factsOf(told: Record<string, unknown>): Facts {
  const { evidence, standing, now, image, ...rest } = told
  const given = factsWith(statementsOf(evidence), rest as Partial<Facts>)
  return {
    ...given,
    standing: statementsOf(standing),
    ...(typeof now === 'string' && { now: new Date(now) }),
    ...(isObject(image) && { image: { ...given.image, ...image } }),
  }
}

function statementsOf(told: unknown) {
  return ((told ?? []) as readonly Told[]).map(({ type, predicate, signer: by = 'ci', roles, provenOn }) => ({
    ...verified(type, predicate, signer(by, roles)),
    provenOn,
  }))
}

test('every gate has its page', () => {
  const missing = Object.keys(gates).filter((kind) => !existsSync(join(FOLDER, `${kind}.md`)))
  assert.deepEqual(missing, [])
})
