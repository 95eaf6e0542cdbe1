import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { Agent } from '../../../test/support/ci-agents.ts'
import { allAgents, folder, jobOf, promotionAnswer, story, systems } from '../../../test/support/ci-job.ts'
import { sampleRefusal } from '../../../test/support/sample-answers.ts'
import { baseErrors, fail, printable } from '../../base/index.ts'
import type { Outcome } from '../../promotion/outcome.ts'
import { ciSystemOf } from './detect.ts'

const RUNS = 150

suite('src/cli/ci-log: hostile text', () => {
  for (const [name, { env, agent }] of Object.entries(systems)) {
    test(`${name}: whatever is said, the commands are those of a harmless run`, async () => {
      const harmless = await run(env, 'x')
      const shape = shapeOf(agent, harmless)
      const whatever = async (text: string) => {
        const log = await run(env, text)
        assert.deepEqual(shapeOf(agent, log), shape)
        for (const { data, properties } of agent(log.stderr))
          for (const value of [data, ...Object.values(properties)])
            assert.deepEqual(allAgents(value), [], value)
        assert.deepEqual(allAgents(log.stdout), [], log.stdout)
      }
      await fc.assert(fc.asyncProperty(hostileText, whatever), { numRuns: RUNS })
    })
  }

  for (const [name, { env, agent }] of Object.entries(systems))
    test(`${name}: a title begins one stretch that folds, a mark is one mark, whatever is in them`, () => {
      const system = ciSystemOf(env, folder)
      const notice = (text: string) =>
        ({ severity: 'error', title: text, message: text, file: text }) as const
      const countOf = (lines: string) => agent(lines).filter(({ name: word }) => word !== 'escape').length
      const one = countOf(system.groupStart('x', 1))
      fc.assert(
        fc.property(hostileText, (text) => {
          assert.equal(countOf(system.groupStart(text, 1)), one)
          const [mark, ...others] = agent(system.notice(notice(`a${text}b`)))
          assert.deepEqual(others, [])
          if (name === 'github') assert.equal(mark?.properties.title, printable(`a${text}b`))
        }),
      )
    })

  test('what a mark says is what was meant, made printable', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, async (text) => {
        for (const [system, data] of [
          [systems.github, (title: string, message: string) => [title, message]],
          [systems.azure, (title: string, message: string) => [`${title}: ${message}`]],
        ] as const) {
          const job = jobOf(system.env)
          await job.fails(fail(baseErrors.INTERNAL, { message: text, next: 'n' }))
          const [mark] = system.agent(job.text.stderr)
          const said = data('INTERNAL', `${text}\nnext: n`).at(-1) ?? ''
          assert.equal(mark?.data, printable(said))
        }
      }),
      { numRuns: RUNS },
    )
  })
})

const fragments = [
  '::',
  '##vso[',
  '##VSO[',
  '##[',
  'task.complete result=Failed;',
  'error file=x',
  'add-mask',
  'stop-commands',
  ']',
  ';',
  ',',
  '=',
  ',line=9',
  ';type=warning',
  ' ',
  '\t',
  '\n',
  '\r',
  '\r\n',
  '\u0085',
  '\u2028',
  '\u200b',
  '\u200d',
  '\ufeff',
  '\u001b[0K',
  '%0A',
  '%0D',
  '%25',
  '%3A',
  '%3B',
  '%5D',
  '%AZP25',
  '%',
  'section_start:1:x\r\u001b[0K',
  'section_end:1:x\r\u001b[0K',
  '```',
  '</details>',
  '-->',
  '@all',
  '#1',
  '|',
  '<img>',
  '\ud800',
]
const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...fragments), fc.string({ unit: 'binary', maxLength: 8 })), {
    maxLength: 12,
  })
  .map((parts) => parts.join(''))

/** Every way by which foreign text gets into a log: steps, items, warnings, verdicts, errors. */
async function run(env: NodeJS.ProcessEnv, text: string) {
  const said = (word: string) => `${text}${word}${text}`
  const value: Outcome = {
    ...sampleRefusal,
    to: said('to'),
    version: said('version'),
    repository: said('repository'),
    tags: [said('tag')],
    warnings: [said('warning')],
    verdict: {
      ...sampleRefusal.verdict,
      gates: sampleRefusal.verdict.gates.map((gate) => ({
        ...gate,
        gate: said(gate.gate),
        reason: said(gate.gate),
      })),
    },
  }
  const job = jobOf(env)
  await job.does(promotionAnswer(value), { steps: story(text) })
  await job.does(promotionAnswer(value), { output: 'markdown' })
  await job.does(promotionAnswer(value), { output: 'json' })
  const { fails } = job
  await fails(
    fail(baseErrors.COMMAND_FAILED, { message: said('message'), where: said('where'), next: said('next') }),
  )
  const problems = [{ file: said('file'), line: 1, column: 2, message: said('mistake') }]
  await fails(
    fail(baseErrors.INTERNAL, { message: said('many'), where: `${said('f')}:1:2`, detail: { problems } }),
  )
  return job.text
}

/** Names and keys of the commands in their order; what later steps are given has its own rule. */
function shapeOf(agent: Agent, { stderr }: { readonly stderr: string }) {
  const handed = (name: string) => name === 'task.setvariable'
  return agent(stderr)
    .filter(
      ({ name, properties, data }) =>
        !handed(name) || !/^(?:\w[\w.+:/@,~=-]*)?$/.test(data) || properties.isoutput !== 'true',
    )
    .map(({ name, properties }) => [name, Object.keys(properties)])
}
