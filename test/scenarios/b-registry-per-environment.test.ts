import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { AcrService, ARM_HOSTS, resourceIdOf } from '../support/acr-service.ts'
import { kmsProxy } from '../support/kms-services.ts'
import type { KmsAnswer, KmsRequest } from '../support/kms-services.ts'
import { embeddedRegistry } from '../support/registries.ts'
import type { LabRegistry } from '../support/registries.ts'
import type { AzureDevOps, PipelineRun } from '../support/runners/azure.ts'
import { azureProject } from '../support/story-pipelines.ts'
import { openStory, suiteCleanup } from '../support/story.ts'
import type { Story } from '../support/story.ts'

const SOURCE = 'https://dev.azure.com/contoso/shop/_git/web'
/** Where a job of Azure Pipelines asks for a token of a service connection. */
const OIDC = 'https://vstoken.dev.azure.com/contoso/oidctoken'
const CONNECTIONS = {
  'dev-registry': { id: 'c-dev', client: 'app-dev', tenant: 'tenant-1' },
  'prod-registry': { id: 'c-prod', client: 'app-prod', tenant: 'tenant-1' },
}
const skip = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed'

/** The application's two slots, as App Service keeps them: an image each, and a swap exchanges them. */
const AZ = `set -eu
test -s "$AZURE_CONFIG_DIR/azureProfile.json" || { echo "Please run 'az login'" >&2; exit 1; }
slots="$(dirname "$0")/slots"
case "$*" in
  "acr login --name devacr" | "acr login --name prodacr") ;;
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

/** The token service of Azure Pipelines, and Entra for the two connections' identities; the rest is for others. */
function identities({ address, headers, body }: KmsRequest): KmsAnswer | undefined {
  if (address.startsWith(OIDC)) {
    if (headers.authorization !== 'Bearer job-access-token') return [401, {}]
    const connection = new URL(address).searchParams.get('serviceConnectionId')
    return connection === null ? [403, {}] : [200, { oidcToken: `token of ${connection}` }]
  }
  if (!address.startsWith('https://login.microsoftonline.com/tenant-1/')) return undefined
  const form = new URLSearchParams(body)
  const found = Object.values(CONNECTIONS).find(({ client }) => client === form.get('client_id'))
  const isRight = form.get('client_assertion') === `token of ${found?.id}`
  return isRight
    ? [200, { access_token: 'arm-token-1', expires_in: 3599 }]
    : [401, { error: 'invalid_client' }]
}

// Story B: a registry for each environment, Azure imports between them, App Service swaps slots, and back at once. The
// pipelines are those of `waybill ci init azure`; their only secrets are the signing keys.
describe('story B: promoting images with Azure DevOps', { skip }, () => {
  const t = suiteCleanup()
  after(t.run)
  let story: Story
  let dev: LabRegistry
  let prod: LabRegistry
  let service: AcrService
  let azure: AzureDevOps
  const digests: string[] = []

  const isRunning = () => readFileSync(join(story.bin, 'slots', 'production'), 'utf8').trim()

  /** Commits and pushes; the digest that was built. */
  async function push(message: string): Promise<{ run: PipelineRun; digest: string }> {
    story.write({ 'data.txt': `${message}\n` })
    const sha = story.commit(message)
    const [run] = await azure.happens({ reason: 'IndividualCI', ref: 'refs/heads/main', sha })
    assert.ok(run)
    const built = run.jobs.get('build_web/build_web')
    assert.equal(built?.result, 'Succeeded', built?.log)
    return { run, digest: built.outputs['build.digest'] ?? '' }
  }

  async function person(pipeline: string, parameters: Readonly<Record<string, string>> = {}) {
    const event = { reason: 'Manual', ref: 'refs/heads/main', sha: story.commitNow } as const
    const [run] = await azure.happens({ ...event, pipeline, parameters })
    const [job] = [...(run?.jobs.values() ?? [])]
    assert.ok(job)
    return job
  }

  before(async () => {
    dev = await embeddedRegistry(t)
    prod = await embeddedRegistry(t, { sparse: true })
    service = new AcrService()
    service.instead = identities
    service.registries.set(resourceIdOf('devacr'), `http://${dev.address}`)
    service.registries.set(resourceIdOf('prodacr'), `http://${prod.address}`)
    const config = {
      applications: { web: { source: SOURCE, build: { builder: 'native' } } },
      // The lab has no issuer whose tokens of a pipeline itself could be verified.
      identity: 'off',
      environments: {
        dev: {
          accepts: 'build',
          repository: `${dev.address}/{application}`,
          tags: ['git-{commit}', 'dev'],
          gates: [{ provenance: { branches: ['main'] } }],
          prove: [{ command: 'smoke' }],
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
      ci: {
        azure: { variableGroups: ['{environment}-secrets'] },
        login: {
          [dev.address]: { azure: { registry: 'devacr', connection: 'dev-registry' } },
          [prod.address]: { azure: { registry: 'prodacr', connection: 'prod-registry' } },
        },
      },
    }
    story = await openStory(t, SOURCE, config, { 'deploy.sh': DEPLOY, 'large.bin': '' })
    // Small images are not worth an import.
    writeFileSync(join(story.directory, 'large.bin'), randomBytes(17 * 1024 * 1024))
    story.program('az', AZ)
    story.program('smoke', 'false')
    mkdirSync(join(story.bin, 'slots'))
    writeFileSync(join(story.bin, 'slots', 'production'), 'none')
    await story.pipelines('azure')
    const proxy = await kmsProxy(t, service, [...ARM_HOSTS, new URL(OIDC).host])
    azure = azureProject(story, story.keys, {
      machine: { ...(proxy as Record<string, string>), SYSTEM_OIDCREQUESTURI: OIDC },
    })
    const pipelines = [...azure.pipelines.keys()]
    for (const [name, connection] of Object.entries(CONNECTIONS))
      azure.connections.set(name, {
        ...connection,
        pipelines: name === 'dev-registry' ? pipelines : ['Promote prod', 'Rollback', 'Rescan'],
      })
  })

  it('2. only a qualified image goes up', async () => {
    const { run, digest } = await push('one')
    digests.push(digest)
    assert.equal(run.jobs.get('promote_dev_web/promote_dev_web')?.result, 'Failed', 'smoke test of dev')
    const refused = await person('Promote prod')
    assert.equal(refused.result, 'Failed')
    assert.match(refused.log, /passed/)
    assert.equal(isRunning(), 'none')
    story.program('smoke', 'test -n "$WAYBILL_IMAGE"')
    assert.equal((await azure.again(run)).result, 'Succeeded')
  })

  it('2. Azure imports it by digest, by the identity of the connection; what it leaves behind is brought after it', async () => {
    const promoted = await person('Promote prod')
    assert.equal(promoted.result, 'Succeeded', promoted.log)
    const clients = service.seen.flatMap(({ body }) => /client_id=([\w-]+)/.exec(body)?.[1] ?? [])
    assert.ok(clients.includes('app-prod'), clients.join())
    const imports = service.asked.filter(({ address }) => address.includes('/importImage'))
    assert.ok(
      imports.some(({ body }) => body.includes(`web@${digests[0]}`)),
      promoted.log,
    )
    const sent = prod.requests.filter(({ method }) => method === 'PATCH' || method === 'PUT')
    assert.ok(sent.length > 0, 'what is signed about it')
    const verified = await story.run(['verify', `${prod.address}/web@${digests[0]}`])
    assert.equal(verified.code, 0, verified.stderr)
  })

  it('3. the slot is swapped to exactly this digest, and read back', () => {
    assert.equal(isRunning(), `${prod.address}/web@${digests[0]}`)
  })

  it('4. a release that fails is taken back at once, to the image of the release before', async () => {
    const { run, digest } = await push('two')
    assert.equal(run.result, 'Succeeded')
    const second = await person('Promote prod')
    assert.equal(second.result, 'Succeeded', second.log)
    assert.equal(isRunning(), `${prod.address}/web@${digest}`)
    const back = await person('Rollback', { environment: 'prod', reason: 'checkout is slow' })
    assert.equal(back.result, 'Succeeded', back.log)
    assert.equal(isRunning(), `${prod.address}/web@${digests[0]}`)
  })
})
