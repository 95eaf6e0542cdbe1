import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { findTool } from '../support/outside-tool.ts'
import { embeddedRegistry } from '../support/registries.ts'
import { azureProject } from '../support/story-pipelines.ts'
import { openStory } from '../support/story.ts'

const SOURCE = 'https://dev.azure.com/contoso/shop/_git/shop'
// In two parts, so that nobody finds a secret here.
const TOKEN = ['ghp_', 'c1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('')
const GOOD = 'FROM debian:12.1\nRUN echo hello\nHEALTHCHECK CMD true\nUSER 1000\n'

const tools = new Map<string, string>()
for (const name of ['gitleaks', 'checkov', 'hadolint', 'syft']) {
  const file = await findTool(name)
  if (file !== undefined) tools.set(name, file)
}
const missing = ['gitleaks', 'checkov', 'hadolint', 'syft'].filter((name) => !tools.has(name))
const skip = missing.length > 0 && `not on this machine: ${missing.join(', ')}`

// Stories A and E once more, with the tools themselves in the pipelines that `waybill ci init azure` writes.
test(
  'a pipeline with the real gitleaks, checkov, hadolint and syft stops what it should',
  { skip },
  async (t) => {
    const lab = await embeddedRegistry(t)
    const config = {
      applications: { shop: { source: SOURCE, build: { sbom: 'syft' } } },
      environments: {
        qa: {
          accepts: 'build',
          repository: `${lab.address}/qa/{application}`,
          tags: ['git-{commit}'],
          gates: [
            { secrets: { tools: ['gitleaks'] } },
            { misconfiguration: { tools: ['checkov', 'hadolint'] } },
            { sbom: {} },
          ],
        },
      },
      checks: [{ gitleaks: {} }, { checkov: {} }, { hadolint: {} }],
      ci: { azure: { variableGroups: ['{environment}-secrets'] } },
    }
    const story = await openStory(t, SOURCE, config, {
      'server.js': 'listen()\n',
      'package.json': '{"name":"shop","version":"1.0.0"}',
      Dockerfile: GOOD,
    })
    for (const [name, file] of tools) symlinkSync(file, join(story.bin, name))
    await story.pipelines('azure')
    const azure = azureProject(story, story.keys)
    const push = async (files: Readonly<Record<string, string>>) => {
      story.write(files)
      const sha = story.commit(`Change ${Object.keys(files).join(' ')}`)
      const [run] = await azure.happens({ reason: 'IndividualCI', ref: 'refs/heads/main', sha })
      assert.ok(run)
      return run
    }
    const checked = 'build_shop/check_shop'

    const root = await push({ Dockerfile: 'FROM debian:12.1\nUSER root\n' })
    assert.equal(root.jobs.get(checked)?.result, 'Failed')
    assert.match(root.jobs.get(checked)?.log ?? '', /CKV_DOCKER_\d|DL3002/)

    const good = await push({ Dockerfile: GOOD })
    const logs = [...good.jobs].map(([name, { result, log }]) => `${name} ${result}\n${log}`).join('\n')
    assert.equal(good.result, 'Succeeded', logs)

    const leaked = await push({ 'config.env': `TOKEN=${TOKEN}\n` })
    assert.equal(leaked.jobs.get(checked)?.result, 'Failed')
    assert.match(leaked.jobs.get(checked)?.log ?? '', /github-pat/)
    assert.equal(leaked.jobs.get('build_shop/build_shop')?.result, 'Skipped')
    assert.ok(![...leaked.jobs.values()].some(({ log }) => log.includes(TOKEN)))
  },
)
