import assert from 'node:assert/strict'
import { lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { azureAgent, githubAgent, githubFile, gitlabDotenv } from '../../../test/support/ci-agents.ts'
import { files, folder, jobOf, promotionAnswer, story, systems } from '../../../test/support/ci-job.ts'
import { sampleBuild, sampleRefusal } from '../../../test/support/sample-answers.ts'
import { baseErrors, fail } from '../../base/index.ts'
import type { OnStep } from '../../base/index.ts'
import { buildText, buildTold, outcomeMarkdown } from '../../report/index.ts'
import type { Answer } from '../command.ts'

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
  version: '',
  record: '',
}

/** After a command that ended with an error: nothing of an earlier one is left. */
const BROKEN = { outcome: 'error', digest: '', image: '', tags: '', version: '', record: '' }

const broken = fail(baseErrors.INTERNAL, 'It broke.')

function inFile(values: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`WAYBILL_${name.toUpperCase()}`, value]),
  )
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
      const values = gitlabDotenv(readFileSync(files.dotenv, 'utf8'))
      assert.deepEqual(values, { OTHER: '1', ...inFile(EXPECTED) })
    })

  test('an image that an earlier command of the step named does not stand beside a refusal', async () => {
    for (const { env } of Object.values(systems)) {
      const job = jobOf({ ...env, WAYBILL_OUTPUTS: files.dotenv })
      await job.does(built)
      await job.does(promotionAnswer(sampleRefusal))
      const set = azureAgent(job.text.stderr).filter(({ name }) => name === 'task.setvariable')
      const all = [
        githubFile(readFileSync(files.output, 'utf8')).image,
        gitlabDotenv(readFileSync(files.dotenv, 'utf8')).WAYBILL_IMAGE,
        set.findLast(({ properties }) => properties.variable === 'image')?.data,
      ]
      assert.deepEqual(
        all.filter((image) => image !== undefined && image !== ''),
        [],
      )
    }
  })

  test('a command that ends with an error takes back what an earlier one handed over', async () => {
    const [github, azure] = [jobOf(systems.github.env), jobOf(systems.azure.env)]
    const other = jobOf({ WAYBILL_OUTPUTS: files.dotenv })
    for (const job of [github, azure, other]) {
      await job.does(built)
      await job.fails(broken)
    }
    assert.deepEqual(githubFile(readFileSync(files.output, 'utf8')), BROKEN)
    assert.deepEqual(gitlabDotenv(readFileSync(files.dotenv, 'utf8')), inFile(BROKEN))
    const set = azureAgent(azure.text.stderr).filter(({ name }) => name === 'task.setvariable')
    const values = set.map(({ properties, data }) => [properties.variable, data])
    assert.deepEqual(Object.fromEntries(values), BROKEN)
  })

  test('an error is told even where its outcome cannot be handed over', async () => {
    const job = jobOf({ ...systems.github.env, GITHUB_OUTPUT: join(folder, 'no/such/folder') })
    await job.fails(broken)
    assert.match(job.text.stderr, /INTERNAL.*: It broke/)
    assert.match(job.text.stderr, /could not be handed over: ENOENT/)
  })

  test('the file keeps its mode and its links, and nothing stays beside it', async () => {
    const [real, link] = [join(folder, 'real.env'), join(folder, 'link.env')]
    writeFileSync(real, `${'OTHER=1\n'.repeat(50)}WAYBILL_DIGEST=${'x'.repeat(500)}\n`, { mode: 0o600 })
    symlinkSync(real, link)
    await jobOf({ WAYBILL_OUTPUTS: link }).does(built)
    assert.equal(statSync(real).mode & 0o777, 0o600)
    assert.ok(lstatSync(link).isSymbolicLink())
    assert.equal(gitlabDotenv(readFileSync(real, 'utf8')).WAYBILL_DIGEST, sampleBuild.digest)
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes('.tmp')),
      [],
    )
  })

  test('what is no file is neither replaced nor written to', async () => {
    const device = join(folder, 'device')
    symlinkSync('/dev/null', device)
    await assert.rejects(jobOf({ WAYBILL_OUTPUTS: device }).does(built), { code: 'SYSTEM_REFUSED' })
    assert.ok(statSync(device).isCharacterDevice())
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
