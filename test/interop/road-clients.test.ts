import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { run } from '../../src/base/command.ts'
import { parseRepository } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { findTool } from '../support/outside-tool.ts'
import { noDockerRegistry } from '../support/registries.ts'
import { imageTag, openRoad } from '../support/road.ts'
import type { RegistryKind, Road } from '../support/road.ts'

const REGISTRIES: readonly RegistryKind[] = ['embedded', 'docker-registry']
const ROAD = ['dev', 'staging', 'prod']

interface Client {
  readonly program: string
  readonly copiesReferrers: boolean
  readonly prepare?: (host: string) => readonly string[]
  readonly copy: (from: string, to: string) => readonly string[]
  readonly digest: (image: string) => readonly string[]
}

const CLIENTS: readonly Client[] = [
  {
    program: 'skopeo',
    copiesReferrers: false,
    copy: (from, to) => [
      '--insecure-policy',
      'copy',
      '--all',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      `docker://${from}`,
      `docker://${to}`,
    ],
    digest: (image) => ['inspect', '--tls-verify=false', '--format', '{{.Digest}}', `docker://${image}`],
  },
  {
    program: 'crane',
    copiesReferrers: false,
    copy: (from, to) => ['copy', from, to],
    digest: (image) => ['digest', image],
  },
  {
    program: 'regctl',
    copiesReferrers: true,
    prepare: (host) => ['registry', 'set', host, '--tls', 'disabled', '--skip-check'],
    copy: (from, to) => ['image', 'copy', '--referrers', from, to],
    digest: (image) => ['image', 'digest', image],
  },
]

for (const registry of REGISTRIES) {
  const skip = registry === 'docker-registry' && noDockerRegistry
  describe(`a promoted image on ${registry}, seen by other clients`, { skip }, () => {
    for (const client of CLIENTS) {
      it(`${client.program} finds the digest behind every tag and keeps it in a copy`, async (t) => {
        const program = await findTool(client.program)
        if (program === undefined) return t.skip(`${client.program} is not on this machine`)
        const road = await openRoad(t, { registry, layout: 'separate', git: false })
        const digest = await road.carry('one', { version: '1.4.0' }, ...ROAD)
        const call = await callerOf(t, program)
        for (const { address } of [road.nonprod, road.prod])
          if (client.prepare) await call(...client.prepare(address))
        const names = [`dev:${imageTag('one')}`, 'dev:dev', 'staging:1.4.0-rc.1']
        for (const name of [...names, 'prod:1.4.0', 'prod:1.4', 'prod:1', 'prod:stable']) {
          const [environment = '', tag] = name.split(':')
          assert.equal(await call(...client.digest(`${road.repository(environment)}:${tag}`)), digest, name)
        }

        const copied = `${road.nonprod.address}/elsewhere/app`
        await call(...client.copy(`${road.repository('prod')}:1.4.0`, `${copied}:1.4.0`))
        assert.equal(await call(...client.digest(`${copied}:1.4.0`)), digest)
        if (client.copiesReferrers)
          assert.deepEqual(await referrers(road, copied, digest), await inProd(road, digest))
      })
    }
  })
}

async function inProd(road: Road, digest: Digest): Promise<readonly string[]> {
  return referrers(road, road.repository('prod'), digest)
}

async function referrers(road: Road, repository: string, digest: Digest): Promise<readonly string[]> {
  const listed = await road.client.repository(parseRepository(repository)).referrers(digest)
  assert.ok(listed.length >= 7, `${listed.length} referrers`)
  return listed.map((entry) => `${entry.digest}`).toSorted((a, b) => a.localeCompare(b))
}

/** The client with a home of its own and no credentials. */
async function callerOf(t: TestContext, program: string) {
  const home = mkdtempSync(join(tmpdir(), 'waybill-client-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  await mkdir(join(home, '.docker'))
  await writeFile(join(home, '.docker', 'config.json'), '{}')
  const files = {
    DOCKER_CONFIG: join(home, '.docker'),
    REGISTRY_AUTH_FILE: join(home, '.docker/config.json'),
  }
  const env = { PATH: process.env.PATH, HOME: home, ...files }
  return async (...args: readonly string[]) =>
    (await run(program, args, { env, timeout: 60_000 })).stdout.toString('utf8').trim()
}
