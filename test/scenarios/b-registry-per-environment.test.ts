import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { BuildOutcome } from '../../src/pipeline/outcome.ts'
import type { Outcome } from '../../src/promotion/outcome.ts'
import { AcrService, ARM_HOSTS, AZURE_JOB, resourceIdOf } from '../support/acr-service.ts'
import { kmsProxy } from '../support/kms-services.ts'
import { embeddedRegistry } from '../support/registries.ts'
import type { LabRegistry } from '../support/registries.ts'
import { azureJob, openStory, suiteCleanup } from '../support/story.ts'
import type { Story } from '../support/story.ts'

const SOURCE = 'https://dev.azure.com/contoso/shop/_git/web'
const skip = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed'

/** The application's two slots, as App Service keeps them: an image each, and a swap exchanges them. */
const AZ = `set -eu
slots="$(dirname "$0")/slots"
case "$*" in
  "webapp config container set --name web --slot staging --container-image-name "*) shift 8; echo "$2" > "$slots/staging" ;;
  "webapp deployment slot swap --name web --slot staging --target-slot production")
    mv "$slots/production" "$slots/old"; mv "$slots/staging" "$slots/production"; mv "$slots/old" "$slots/staging" ;;
  "webapp config container show --name web") cat "$slots/production" ;;
  *) echo "az: unknown $*" >&2; exit 2 ;;
esac`

/** What the team runs after a promotion: the digest into the idle slot, swap, read back. */
const DEPLOY = `set -eu
az webapp config container set --name web --slot staging --container-image-name "$WAYBILL_IMAGE"
az webapp deployment slot swap --name web --slot staging --target-slot production
test "$(az webapp config container show --name web)" = "$WAYBILL_IMAGE"`

// Story B: a registry for each environment, Azure imports between them, App Service swaps slots, and back at once.
describe('story B: promoting images with Azure DevOps', { skip }, () => {
  const t = suiteCleanup()
  after(t.run)
  let story: Story
  let dev: LabRegistry
  let prod: LabRegistry
  let service: AcrService
  let job: NodeJS.ProcessEnv
  const digests: string[] = []

  const isRunning = () => readFileSync(join(story.bin, 'slots', 'production'), 'utf8').trim()

  /** Builds a commit and takes it as far as dev. */
  async function toDev(message: string): Promise<string> {
    story.write({ 'data.txt': `${message}\n` })
    story.commit(message)
    job = { ...job, ...azureJob(story), ...AZURE_JOB }
    const { digest } = await story.answer<BuildOutcome>(0, ['build', 'web'], job)
    await story.answer(0, ['promote', 'web', '--to', 'dev', '--image', digest], job)
    return digest
  }

  before(async () => {
    dev = await embeddedRegistry(t)
    prod = await embeddedRegistry(t, { sparse: true })
    service = new AcrService()
    service.registries.set(resourceIdOf('devacr'), `http://${dev.address}`)
    service.registries.set(resourceIdOf('prodacr'), `http://${prod.address}`)
    const config = {
      applications: { web: { source: SOURCE, build: { builder: 'native' } } },
      environments: {
        dev: {
          accepts: 'build',
          repository: `${dev.address}/{application}`,
          tags: ['git-{commit}', 'dev'],
          gates: [{ provenance: { branches: ['main'] } }],
        },
        prod: {
          after: 'dev',
          repository: `${prod.address}/{application}`,
          tags: ['prod-{commit}', 'stable'],
          gates: [{ passed: { environment: 'dev' } }],
          prove: [{ command: 'sh deploy.sh' }],
        },
      },
      registries: {
        [dev.address]: { serverSideCopy: { acr: { resourceId: resourceIdOf('devacr') } } },
        [prod.address]: { serverSideCopy: { acr: { resourceId: resourceIdOf('prodacr') } } },
      },
    }
    story = await openStory(t, SOURCE, config, { 'deploy.sh': DEPLOY, 'large.bin': '' })
    // Small images are not worth an import.
    writeFileSync(join(story.directory, 'large.bin'), randomBytes(17 * 1024 * 1024))
    story.program('az', AZ)
    mkdirSync(join(story.bin, 'slots'))
    writeFileSync(join(story.bin, 'slots', 'production'), 'none')
    job = await kmsProxy(t, service, ARM_HOSTS)
  })

  it('2. only a qualified image goes up', async () => {
    digests.push(await toDev('one'))
    const refused = await story.answer<Outcome>(3, ['promote', 'web', '--to', 'prod'], job)
    assert.match(JSON.stringify(refused.verdict.gates), /passed/)
    assert.equal(isRunning(), 'none')
  })

  it('2. Azure imports it by digest; what it leaves behind is brought after it', async () => {
    await story.answer(0, ['pass', 'web', 'dev'], job)
    const promoted = await story.answer<Outcome>(0, ['promote', 'web', '--to', 'prod'], job)
    assert.equal(promoted.digest, digests[0])
    assert.equal(promoted.copy?.serverSide, 'acr')
    assert.ok((promoted.copy?.bytes ?? Infinity) < 100_000, 'the image itself did not pass through the agent')
    const verified = await story.run(['verify', `${prod.address}/web@${digests[0]}`], job)
    assert.equal(verified.code, 0, verified.stderr)
  })

  it('3. the slot is swapped to exactly this digest, and read back', () => {
    assert.equal(isRunning(), `${prod.address}/web@${digests[0]}`)
  })

  it('4. a release that fails is taken back at once, to the image of the release before', async () => {
    digests.push(await toDev('two'))
    await story.answer(0, ['pass', 'web', 'dev'], job)
    const second = await story.answer<Outcome>(0, ['promote', 'web', '--to', 'prod'], job)
    assert.equal(second.digest, digests[1])
    assert.equal(isRunning(), `${prod.address}/web@${digests[1]}`)
    const words = ['rollback', 'web', 'prod', '--reason', 'checkout is slow']
    const back = await story.answer<Outcome>(0, words, job)
    assert.equal(back.digest, digests[0])
    assert.equal(isRunning(), `${prod.address}/web@${digests[0]}`)
  })
})
