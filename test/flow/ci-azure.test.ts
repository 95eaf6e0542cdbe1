import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { SAMPLES } from '../support/ci-pipeline.ts'
import { azureJobs } from '../support/runners/azure-schema.ts'
import type { AzureJobText } from '../support/runners/azure-schema.ts'

// What Microsoft's service-schema.json and the documentation say of the part that the generated files use.

const files = globSync('*/azure/pipelines/*.yml', { cwd: SAMPLES })
const read = (file: string) => readFileSync(join(SAMPLES, file), 'utf8')
const jobsOf = (file: string) => azureJobs(parse(read(file)))

describe('pipelines of Azure DevOps', () => {
  it('are there for both samples', () => assert.equal(files.length, 16))

  for (const file of files) {
    it(`${file} has the keys that Azure Pipelines has`, () => assert.ok(jobsOf(file).length > 0))

    it(`${file} starts for nothing that it does not name`, () => {
      const { trigger, pr, schedules = [] } = parse(read(file)) as Record<string, unknown>
      assert.ok(trigger !== undefined && pr !== undefined)
      for (const schedule of schedules as { always?: unknown }[]) assert.equal(schedule.always, true)
    })

    it(`${file} keeps deployments where their approvals are asked for alone`, () => {
      for (const { stage, isDeployment } of jobsOf(file))
        assert.ok(jobsOf(file).every((other) => other.stage !== stage || other.isDeployment === isDeployment))
      const hasDeployments = jobsOf(file).some(({ isDeployment }) => isDeployment)
      assert.equal(/^lockBehavior: sequential$/m.test(read(file)), hasDeployments)
    })

    it(`${file} takes only what jobs before have kept, and waits for them`, () => {
      const jobs = jobsOf(file)
      for (const job of jobs)
        for (const artifact of job.takes) {
          const maker = jobs.find(({ keeps }) => keeps.includes(artifact))
          assert.ok(maker && job.after.includes(maker.name), artifact)
        }
    })

    it(`${file} refers to jobs by their stage`, () => {
      const jobs = jobsOf(file)
      for (const job of jobs)
        for (const { stage, name } of job.asks) {
          const asked = jobs.find((other) => other.name === name && (stage ?? job.stage) === other.stage)
          assert.ok(asked, `${job.name} asks ${stage}.${name}`)
          assert.equal(stage === undefined, asked.stage === job.stage)
        }
    })

    it(`${file} hands the job's token to what needs it, and secrets to no script as text`, () => {
      for (const { steps } of jobsOf(file))
        for (const { kind, script = '', env = {}, title } of steps) {
          assert.doesNotMatch(script, /\$\((?!cat |jq |ask |auth |gh )[\w.]+\)|\$\{\{|\$\[/, title)
          // A service connection's identity is asked for with the job's token.
          if (kind !== 'AzureCLI@2' && Object.values(env).includes('$(System.AccessToken)'))
            assert.match(title, /^(?:Build |Write the comment|Become )/)
        }
    })
  }
})

describe('a deployment', () => {
  const deployments = files.flatMap((file) => jobsOf(file).filter(({ isDeployment }) => isDeployment))
  it('checks the source out, which Azure does not, and takes no artifact, which Azure would', () => {
    assert.ok(deployments.length > 10)
    for (const { steps } of deployments)
      assert.deepEqual(
        steps.slice(0, 2).map(({ kind }) => kind),
        ['checkout: self', 'download: none'],
      )
  })
})

describe('the reader of these tests', () => {
  const right = read('small/azure/pipelines/waybill-build.yml')
  for (const [what, from, to] of [
    ['an unknown key of a job', 'timeoutInMinutes', 'timeoutMinutes'],
    ['an unknown key of a step', 'displayName: Test', 'title: Test'],
    ['an unknown input of a task', 'searchFolder', 'folder'],
    ['an unknown task', 'PublishTestResults@2', 'PublishTestResults@9'],
    ['a name with a dash', 'job: check_ordersvc', 'job: check-ordersvc'],
    ['a keyword for a name', 'deployment: promote_dev_ordersvc', 'deployment: deploy'],
  ] as const)
    it(`finds ${what}`, () => {
      assert.ok(right.includes(from))
      assert.throws((): readonly AzureJobText[] => azureJobs(parse(right.replace(from, to))))
    })
})
