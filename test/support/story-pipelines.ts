import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AzureDevOps } from './runners/azure.ts'
import type { HostedProject } from './runners/project.ts'
import { GitHub } from './runners/github.ts'
import { installWaybill } from './shell-program.ts'
import type { Story } from './story.ts'

/** Secrets by the place that holds them: what a person puts there. */
export type Secrets = Readonly<Record<string, string>>

/** A story's project in Azure DevOps, set up by what docs/waybill-ci.md says and by nothing else. */
export function azureProject(story: Story, secrets: Secrets, more: Partial<HostedProject> = {}): AzureDevOps {
  const azure = new AzureDevOps(hosted(story, more), 'https://dev.azure.com/contoso/')
  const text = readFileSync(join(story.directory, 'docs/waybill-ci.md'), 'utf8')
  for (const [, name = '', path = ''] of text.matchAll(
    /^az pipelines create --name "(.*?)" .*--yml-path (\S+)/gm,
  ))
    azure.pipelines.set(name, path)
  for (const [place = '', refs = ''] of tableUnder(text, '| environment |'))
    azure.environments.set(place, namesIn(refs).map(refPattern))
  const places = new Map<string, Record<string, string>>()
  for (const [name = '', where = ''] of tableUnder(text, '| secret |'))
    for (const place of namesIn(where))
      (places.get(place) ?? setIn(places, place))[name] = secrets[name] ?? ''
  for (const [place, held] of places) {
    const refs =
      azure.environments.get(place) ?? (place === 'waybill-pull-request' ? ['pull/.*'] : ['heads/.*'])
    azure.groups.set(`${place}-secrets`, { secrets: held, refs })
  }
  return azure
}

/** A story's project at GitHub, set up by what docs/waybill-ci.md says and by nothing else. */
export function githubProject(story: Story, secrets: Secrets, more: Partial<HostedProject> = {}): GitHub {
  const github = new GitHub(hosted(story, more))
  const text = readFileSync(join(story.directory, 'docs/waybill-ci.md'), 'utf8')
  for (const [place = '', refs = ''] of tableUnder(text, '| environment |'))
    github.environments.set(place, { secrets: {}, refs: refs.split(', ').map(branchPattern) })
  for (const [name = '', where = '', shared = ''] of tableUnder(text, '| secret |')) {
    const value = secrets[name] ?? ''
    if (shared === 'yes') github.secrets = { ...github.secrets, [name]: value }
    for (const place of namesIn(where)) {
      const found = github.environments.get(place)
      assert.ok(found, `${name}: no environment ${place}`)
      github.environments.set(place, { ...found, secrets: { ...found.secrets, [name]: value } })
    }
  }
  return github
}

function hosted(story: Story, more: Partial<HostedProject>): HostedProject {
  installWaybill(story.bin)
  const home = join(dirname(story.directory), 'runs')
  mkdirSync(home, { recursive: true })
  return { home, bin: story.bin, source: story.source, origin: { directory: story.directory }, ...more }
}

/** Rows of the Markdown table whose head begins like this, code marks left out of the first cell. */
function tableUnder(text: string, head: string): readonly (readonly string[])[] {
  const at = text.indexOf(head)
  const [table = ''] = at < 0 ? [''] : text.slice(at).split('\n\n')
  return table
    .split('\n')
    .slice(2)
    .map((row) => row.slice(2, -2).split(' | '))
    .map(([first = '', ...others]) => [first.replaceAll('`', ''), ...others.map((cell) => cell.trim())])
}

function namesIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
}

function setIn(places: Map<string, Record<string, string>>, place: string): Record<string, string> {
  const made = {}
  places.set(place, made)
  return made
}

/** `refs/heads/release/*` of Azure's Branch control. */
function refPattern(ref: string): string {
  return ref
    .replace(/^refs\//, '')
    .replaceAll('.', '\\.')
    .replaceAll('*', '.*')
}

/** A cell of GitHub's table: `` `main` ``, `` `tag v*` ``, the default branch. */
function branchPattern(cell: string): string {
  if (cell === 'the default branch') return 'main'
  return cell.replaceAll('`', '').replace(/^tag /, '').replaceAll('.', '\\.').replaceAll('*', '.*')
}
