import assert from 'node:assert/strict'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { parse } from 'yaml'
import { actions } from '../../src/ci/github/actions.ts'
import { flowsOf, renderers } from '../../src/ci/index.ts'
import { ciDefaults, loadConfig } from '../../src/config/index.ts'
import { SAMPLES } from '../support/ci-pipeline.ts'
import { temporaryDirectory } from '../support/registries.ts'
import type { Cleanup } from '../support/registries.ts'
import { azureJobs } from '../support/runners/azure-schema.ts'
import { workflowMistakes } from '../support/runners/github-parser.ts'
import type { Fields } from '../support/runners/strict.ts'

// What the samples do not have: keys that are in no variable, a cache of the CI system.

function promotionToProd(t: Cleanup, system: 'azure' | 'github', key: string): Promise<string> {
  return fileOf(
    t,
    system,
    'promote-prod',
    'promotion: { key: "hashivault://promotion" }',
    `promotion: ${key}`,
  )
}

/** One file of the regulated sample with something else in its waybill.yaml. */
async function fileOf(t: Cleanup, system: 'azure' | 'github', flow: string, from: string, to: string) {
  const directory = await temporaryDirectory(t)
  const text = readFileSync(join(SAMPLES, 'regulated/waybill.yaml'), 'utf8')
  const changed = text.replace(from, to)
  assert.notEqual(changed, text)
  writeFileSync(join(directory, 'waybill.yaml'), changed)
  cpSync(join(SAMPLES, 'regulated/trust.yaml'), join(directory, 'trust.yaml'))
  const config = await loadConfig(join(directory, 'waybill.yaml'))
  const files = renderers[system].files(flowsOf(config), config.ci ?? ciDefaults)
  return files.find(({ path }) => path.endsWith(`waybill-${flow}.yml`))?.text ?? ''
}

const VAULT = '{ key: azurekms://release.vault.azure.net/promotion }'

it('Azure Pipelines: a key in Key Vault is used as the service connection of the registry that is written to', async (t) => {
  const text = await promotionToProd(t, 'azure', VAULT)
  for (const { steps } of azureJobs(parse(text))) {
    const step = steps.find(({ title }) => title === 'Promote to prod')
    assert.equal(step?.kind, 'AzureCLI@2')
    assert.match(step.script ?? '', /^set -e\nwaybill promote \w+ --to prod/)
    assert.equal(step.env?.['SYSTEM_ACCESSTOKEN'], '$(System.AccessToken)')
  }
  const before = text.slice(0, text.indexOf('displayName: Promote to prod'))
  assert.ok(before.slice(before.lastIndexOf('- task:')).includes('azureSubscription: prod-registry\n'))
})

it("GitHub: a key in Key Vault is used by the job's own identity", async (t) => {
  const text = await promotionToProd(t, 'github', VAULT)
  assert.deepEqual(await workflowMistakes('prod.yml', text), [])
  for (const job of jobsIn(text)) {
    assert.equal((job['permissions'] as Fields)['id-token'], 'write')
    assert.equal((job['env'] as Fields)['AZURE_CLIENT_ID'], '11111111-2222-3333-4444-555555555555')
  }
})

it('GitHub: who signs without a key asks for a token, and for no secret', async (t) => {
  const keyless =
    '{ keyless: { fulcio: "https://fulcio.example.com", rekor: "https://rekor.example.com", identityToken: github } }'
  const text = await promotionToProd(t, 'github', keyless)
  assert.deepEqual(await workflowMistakes('prod.yml', text), [])
  for (const job of jobsIn(text)) assert.equal((job['permissions'] as Fields)['id-token'], 'write')
  assert.doesNotMatch(text, /VAULT_TOKEN/)
})

it("GitHub: buildx reaches GitHub's cache where waybill.yaml keeps layers there", async (t) => {
  const text = await fileOf(t, 'github', 'build', 'context: ledger', 'context: ledger, cache: { type: gha }')
  assert.deepEqual(await workflowMistakes('build.yml', text), [])
  const uses = jobsIn(text).map(({ steps }) => (steps as Fields[]).some(({ uses: one }) => one === RUNTIME))
  assert.equal(uses.filter(Boolean).length, 1)
})

const RUNTIME = actions.runtime.split(' ')[0]

function jobsIn(text: string): readonly Fields[] {
  return Object.values((parse(text) as { jobs: Record<string, Fields> }).jobs)
}
