import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cleanup } from './registries.ts'
import { Scratch } from './build.ts'
import { APP, openRoad, SOURCE } from './road.ts'
import type { Road, RoadConfig, RoadOptions } from './road.ts'

/** A road with a source to build, and tools of the test's making on the PATH. */
export interface ScanRoad {
  readonly road: Road
  /** Folder of the source. */
  readonly source: string
  /** Folder of programs that is searched first. */
  readonly bin: string
}

export interface ScanRoadOptions extends RoadOptions {
  /** Keys of the build block. */
  readonly build?: Readonly<Record<string, unknown>>
  readonly gates?: readonly object[]
  readonly files?: Readonly<Record<string, string>>
  readonly top?: (config: RoadConfig) => void
}

const FACTS = ['vulnerabilities', 'cyclonedx', 'spdx']

export async function openScanRoad(t: Cleanup, options: ScanRoadOptions = {}): Promise<ScanRoad> {
  const scratch = new Scratch()
  t.after(() => scratch[Symbol.dispose]())
  const source = scratch.repository('source', options.files ?? { 'server.js': 'listen()' })
  const road = await openRoad(t, {
    git: false,
    ...options,
    trust: (signers) => {
      const tests = signers.find(({ id }) => id === 'ci-tests')
      if (tests) tests.mayAssert = ['test-result', ...FACTS]
      options.trust?.(signers)
    },
    edit: (config) => {
      const key = { key: 'env://KEY_TESTS' }
      config.sign = { ...(config.sign as object), ...Object.fromEntries(FACTS.map((name) => [name, key])) }
      config.applications[APP] = {
        source: SOURCE,
        build: { context: source, platforms: ['linux/amd64', 'linux/arm64'], ...options.build },
      }
      config.environments.dev = { ...config.environments.dev, gates: options.gates ?? [] }
      options.edit?.(config)
    },
  })
  road.only('dev')
  const bin = join(scratch.path, 'bin')
  mkdirSync(bin)
  road.env.PATH = `${bin}:${road.env.PATH}`
  road.env.CI_COMMIT_SHA = undefined
  return { road, source, bin }
}

/** An outside tool as a Node program; `body` sees `args`, `fs` and `fail(text)`. */
export function fakeTool(bin: string, name: string, body: string): void {
  const path = join(bin, name)
  writeFileSync(
    path,
    `#!${process.execPath}
const fs = require('node:fs')
const path = require('node:path')
const args = process.argv.slice(2)
const fail = (text) => { process.stderr.write(text); process.exit(1) }
const secret = Object.keys(process.env).find((name) => /^KEY_|TOKEN|PASSWORD|DOCKER_CONFIG/.test(name))
if (secret) fail('it was given ' + secret)
const after = (flag) => args.includes(flag) ? args[args.indexOf(flag) + 1] : fail('no ' + flag)
const image = (layout) => {
  const index = JSON.parse(fs.readFileSync(layout + '/index.json', 'utf8'))
  if (index.manifests.length !== 1) fail('found ' + index.manifests.length + ' images')
  const blob = (digest) => JSON.parse(fs.readFileSync(layout + '/blobs/' + digest.replace(':', '/'), 'utf8'))
  const manifest = index.manifests[0].digest
  const config = blob(manifest).config.digest
  const { architecture, os } = blob(config)
  return { manifest, config, architecture, os }
}
${body}
`,
  )
  chmodSync(path, 0o755)
}
