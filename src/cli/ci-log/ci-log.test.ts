import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, suite, test } from 'node:test'
import fc from 'fast-check'
import {
  azureAgent,
  githubAgent,
  githubFile,
  gitlabAgent,
  gitlabDotenv,
} from '../../../test/support/ci-agents.ts'
import type { Agent } from '../../../test/support/ci-agents.ts'
import { sampleBuild, sampleRefusal } from '../../../test/support/sample-answers.ts'
import { baseErrors, fail, printable, systemClock } from '../../base/index.ts'
import type { OnStep } from '../../base/index.ts'
import { buildTold, outcomeMarkdown, outcomeText, outcomeTold, buildText } from '../../report/index.ts'
import type { Outcome } from '../../promotion/outcome.ts'
import type { Answer, OutputFormat } from '../command.ts'
import { ciSystemOf } from './detect.ts'
import { guarded } from '../guard.ts'
import { runAction } from '../run-action.ts'
import { tellFailure } from '../tell-failure.ts'

const RUNS = 150
const folder = mkdtempSync(join(tmpdir(), 'waybill-ci-log-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const files = {
  output: join(folder, 'output'),
  summary: join(folder, 'summary.md'),
  dotenv: join(folder, 'waybill.env'),
}

beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
  writeFileSync(files.output, '')
  writeFileSync(files.summary, '')
})

const systems = {
  github: {
    env: {
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: folder,
      GITHUB_OUTPUT: files.output,
      GITHUB_STEP_SUMMARY: files.summary,
    },
    agent: githubAgent,
  },
  azure: {
    env: { TF_BUILD: 'True', AGENT_TEMPDIRECTORY: folder, BUILD_SOURCESDIRECTORY: folder },
    agent: azureAgent,
  },
  gitlab: { env: { GITLAB_CI: 'true' }, agent: gitlabAgent },
  jenkins: {
    env: { JENKINS_URL: 'https://ci.example.com/', BUILD_URL: 'https://ci.example.com/1/' },
    agent: allAgents,
  },
} as const satisfies Record<string, { env: NodeJS.ProcessEnv; agent: Agent }>

function allAgents(log: string) {
  return [...githubAgent(log), ...azureAgent(log), ...gitlabAgent(log)]
}

/** The harness around one command, with streams that are kept apart as agents read them. */
function jobOf(env: NodeJS.ProcessEnv, isTTY = false) {
  const text = { stdout: '', stderr: '' }
  const output = (name: 'stdout' | 'stderr') => ({
    isTTY,
    terminal: undefined,
    write: (more: string) => (text[name] += more),
    flushed: async () => {},
  })
  const world = guarded({
    cwd: folder,
    env,
    stdout: output('stdout'),
    stderr: output('stderr'),
    signal: new AbortController().signal,
    interruptCode: () => undefined,
    clock: systemClock,
    askSecret: async () => undefined,
  })
  const does = (
    answer: Answer,
    { output: form, steps }: { output?: OutputFormat; steps?: (onStep: OnStep) => void } = {},
  ) =>
    runAction(
      world,
      { config: undefined, output: form, quiet: false, noColor: false },
      async ({ onStep, announce }) => {
        steps?.(onStep)
        announce(() => answer.value.kind)
        return answer
      },
    )
  return {
    text,
    does,
    fails: (error: Parameters<typeof tellFailure>[0]) =>
      tellFailure(error, world, { json: false, noColor: false }),
  }
}

function promotionAnswer(value: Outcome): Answer {
  return {
    exit: 3,
    value,
    text: (paint) => outcomeText(value, paint),
    markdown: () => outcomeMarkdown(value),
    told: () => outcomeTold(value, false),
  }
}

const built: Answer = {
  exit: 0,
  value: sampleBuild,
  text: (paint) => buildText(sampleBuild, paint),
  told: () => buildTold(sampleBuild),
}

const EXPECTED = {
  outcome: 'built',
  digest: sampleBuild.digest,
  image: `${sampleBuild.location}@${sampleBuild.digest}`,
  tags: sampleBuild.tags.join(','),
}

suite('src/cli/ci-log: values for later steps', () => {
  test('GitHub: a file', async () => {
    const job = jobOf(systems.github.env)
    await job.does(built)
    assert.deepEqual(githubFile(readFileSync(files.output, 'utf8')), EXPECTED)
  })

  test('Azure: output variables', async () => {
    const job = jobOf(systems.azure.env)
    await job.does(built)
    const set = azureAgent(job.text.stderr).filter(({ name }) => name === 'task.setvariable')
    assert.ok(set.every(({ properties }) => properties.isoutput === 'true'))
    const values = set.map(({ properties, data }) => [properties.variable, data])
    assert.deepEqual(Object.fromEntries(values), EXPECTED)
  })

  for (const name of ['gitlab', 'jenkins'] as const)
    test(`${name}: the file that WAYBILL_OUTPUTS names; what others wrote there stays`, async () => {
      writeFileSync(files.dotenv, 'OTHER=1\nWAYBILL_DIGEST=sha256:old\nWAYBILL_RECORD=sha256:older\n')
      const job = jobOf({ ...systems[name].env, WAYBILL_OUTPUTS: 'waybill.env' })
      await job.does(built)
      const own = Object.entries(EXPECTED).map(([key, value]) => [`WAYBILL_${key.toUpperCase()}`, value])
      assert.deepEqual(gitlabDotenv(readFileSync(files.dotenv, 'utf8')), {
        OTHER: '1',
        ...Object.fromEntries(own),
      })
    })

  test('a command whose values cannot be handed over ends in an error, before its answer', async () => {
    const job = jobOf({ ...systems.github.env, GITHUB_OUTPUT: join(folder, 'no/such/folder') })
    await assert.rejects(job.does(built), { code: 'ENOENT' })
    assert.equal(job.text.stdout, '')
  })

  test('a question sets nothing and shows no page', async () => {
    const job = jobOf(systems.github.env)
    await job.does({ exit: 0, value: { kind: 'status' }, text: () => 'fine\n' })
    assert.deepEqual([readFileSync(files.output, 'utf8'), readFileSync(files.summary, 'utf8')], ['', ''])
    assert.deepEqual(githubAgent(job.text.stderr), [])
  })
})

suite('src/cli/ci-log: marks and the page', () => {
  test('each gate in the way and each warning is one mark', async () => {
    const job = jobOf(systems.github.env)
    const steps = (onStep: OnStep) => onStep({ kind: 'warning', code: 'BASE_MOVES', message: 'Pin it.' })
    await job.does(promotionAnswer(sampleRefusal), { steps })
    const marks = githubAgent(job.text.stderr)
    const gates = sampleRefusal.verdict.gates
    const of = (...results: string[]) => gates.filter(({ result }) => results.includes(result)).length
    assert.equal(marks.filter(({ name }) => name === 'error').length, of('fail', 'error'))
    assert.equal(
      marks.filter(({ name }) => name === 'warning').length,
      of('pending') + sampleRefusal.warnings.length + 1,
    )
    const page = readFileSync(files.summary, 'utf8')
    assert.equal(page, `${outcomeMarkdown(sampleRefusal)}\n`)
  })

  test('Azure: the page is a file that is there when the agent comes for it', async () => {
    const job = jobOf(systems.azure.env)
    await job.does(promotionAnswer(sampleRefusal))
    const [upload] = azureAgent(job.text.stderr).filter(({ name }) => name === 'task.uploadsummary')
    assert.equal(readFileSync(upload?.data ?? '', 'utf8'), outcomeMarkdown(sampleRefusal))
    assert.match(upload?.data ?? '', /waybill-promote-[0-9a-f]{8}\.md$/)
  })

  test('mistakes in a file are marked where they are, ten at most', async () => {
    const problem = (line: number) => ({
      file: join(folder, 'conf/waybill.yaml'),
      line,
      column: 2,
      message: `m${line}`,
    })
    const error = fail(baseErrors.INTERNAL, {
      message: 'Found 30 mistakes.',
      detail: { problems: Array.from({ length: 30 }, (_, line) => problem(line + 1)) },
    })
    const [github, azure] = [jobOf(systems.github.env), jobOf(systems.azure.env)]
    await github.fails(error)
    await azure.fails(error)
    const marks = githubAgent(github.text.stderr)
    assert.equal(marks.length, 10)
    const place = { file: 'conf/waybill.yaml', line: '1', col: '2', title: 'INTERNAL' }
    assert.deepEqual(marks[0], { name: 'error', properties: place, data: 'm1' })
    assert.equal(marks.at(-1)?.data, '21 more are in the log.')
    const [first] = azureAgent(azure.text.stderr)
    const source = { type: 'error', sourcepath: 'conf/waybill.yaml', linenumber: '1', columnnumber: '2' }
    assert.deepEqual(first, { name: 'task.logissue', properties: source, data: 'INTERNAL: m1' })
    assert.match(readFileSync(files.summary, 'utf8'), /^### Error INTERNAL\n\nFound 30 mistakes\./)
  })

  test('a page beside others stays under the limit of a step, and says what is missing', async () => {
    const before = 'x'.repeat(1024 * 1024 - 3000)
    writeFileSync(files.summary, before)
    const rows = {
      ...sampleRefusal,
      warnings: Array.from({ length: 200 }, (_, at) => `Warning ${at} of many.`),
    }
    const job = jobOf(systems.github.env)
    await job.does(promotionAnswer(rows))
    assert.ok(statSync(files.summary).size <= 1024 * 1024)
    const added = readFileSync(files.summary, 'utf8').slice(before.length)
    assert.match(added, /Cut here/)
    assert.match(added, /Warning/)
  })

  test('a page that cannot be written is a warning and no failure', async () => {
    const job = jobOf({ ...systems.azure.env, AGENT_TEMPDIRECTORY: join(folder, 'gone') })
    assert.equal(await job.does(promotionAnswer(sampleRefusal)), 3)
    assert.ok(azureAgent(job.text.stderr).some(({ data }) => data.includes('could not be written: ENOENT')))
  })
})

suite('src/cli/ci-log: when', () => {
  for (const [name, { env, agent }] of Object.entries(systems)) {
    test(`${name}: WAYBILL_CI=off leaves a plain log`, async () => {
      const job = jobOf({ ...env, WAYBILL_CI: 'off' })
      await job.does(promotionAnswer(sampleRefusal), { steps: story('x') })
      assert.deepEqual(agent(job.text.stderr), [])
      assert.deepEqual([statSync(files.output).size, statSync(files.summary).size], [0, 0])
    })

    test(`${name}: a terminal is left alone`, async () => {
      const job = jobOf(env, true)
      await job.does(built)
      assert.deepEqual(agent(job.text.stderr), [])
      assert.equal(statSync(files.output).size, 0)
    })

    test(`${name}: -o json is one document on stdout`, async () => {
      const job = jobOf(env)
      await job.does(promotionAnswer(sampleRefusal), { output: 'json', steps: story('x') })
      assert.deepEqual(JSON.parse(job.text.stdout), sampleRefusal)
      assert.deepEqual(agent(job.text.stdout), [])
    })
  }
})

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

function story(text: string) {
  const said = (word: string) => `${text}${word}${text}`
  return (onStep: OnStep) => {
    onStep({ kind: 'step', step: said('step'), state: 'start', note: said('begin') })
    onStep({ kind: 'note', note: said('note') })
    onStep({ kind: 'blob', digest: said('blob'), done: 1, size: 2, state: 'done' })
    onStep({ kind: 'warning', code: 'CODE', message: said('on the way') })
    onStep({ kind: 'step', step: said('step'), state: 'done', note: said('end') })
    const item = { kind: 'item', item: said('item'), note: said('ended'), total: 1, requests: 1 } as const
    onStep({ ...item, state: 'start' })
    const within = (step: Parameters<OnStep>[0]) => onStep({ ...item, state: 'within', step: step as never })
    within({ kind: 'step', step: said('inner'), state: 'start' })
    within({ kind: 'warning', code: 'CODE', message: said('within') })
    within({ kind: 'step', step: said('inner'), state: 'done', note: said('inner end') })
    onStep({ ...item, state: 'failed' })
  }
}

/** Names and keys of the commands in their order; what later steps are given has its own rule. */
function shapeOf(agent: Agent, { stderr }: { readonly stderr: string }) {
  const handed = (name: string) => name === 'task.setvariable'
  return agent(stderr)
    .filter(
      ({ name, properties, data }) =>
        !handed(name) || !/^\w[\w.+:/@,~=-]*$/.test(data) || properties.isoutput !== 'true',
    )
    .map(({ name, properties }) => [name, Object.keys(properties)])
}
