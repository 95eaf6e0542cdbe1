import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { CiWorld } from '../ci-world.ts'
import { SOURCE } from '../ci-world.ts'
import { runJenkins } from './jenkins.ts'
import type { Credential, JenkinsOrder, JenkinsResult } from './jenkins.ts'

export interface Started extends Partial<Pick<JenkinsOrder, 'params' | 'causes'>> {
  /** Path of the Jenkinsfile. */
  readonly file: string
  readonly commit?: string
  /** `BRANCH_NAME`, `CHANGE_ID`…: what the job knows of what it builds. */
  readonly env?: Readonly<Record<string, string>>
}

/** Jobs of a Jenkins whose credentials are those of the world. */
export class JenkinsServer {
  readonly credentials = new Map<string, Credential>()
  readonly #world: CiWorld
  #number = 0

  constructor(world: CiWorld) {
    this.#world = world
    for (const [name, value] of world.keys) this.credentials.set(name, { kind: 'file', value })
    this.credentials.set('REGISTRY_USER', { kind: 'string', value: 'robot' })
    this.credentials.set('REGISTRY_PASSWORD', { kind: 'string', value: 'pass-word-of-the-registry' })
  }

  async start({ file, commit = this.#world.head(), env = {}, ...more }: Started): Promise<JenkinsResult> {
    this.#number += 1
    const root = join(this.#world.root, 'jenkins', String(this.#number))
    mkdirSync(root, { recursive: true })
    const url = `https://jenkins.example.com/job/ordersvc/${this.#number}/`
    const result = await runJenkins({
      root,
      file: this.#world.file(file, commit),
      env: {
        ...this.#world.machine,
        JENKINS_URL: 'https://jenkins.example.com/',
        JOB_URL: 'https://jenkins.example.com/job/ordersvc/',
        BUILD_URL: url,
        BUILD_NUMBER: String(this.#number),
        ...env,
      },
      credentials: this.credentials,
      checkout: (workspace) => {
        this.#world.checkout(workspace, commit)
        return { GIT_COMMIT: commit, GIT_URL: `${SOURCE}.git` }
      },
      signal: AbortSignal.timeout(120_000),
      ...more,
    })
    this.#expectNoSecret(result)
    return result
  }

  /** Not even in a form that Jenkins would not know to mask. */
  #expectNoSecret({ log, artifacts }: JenkinsResult): void {
    const secrets = [...this.credentials.values()].flatMap(({ value }) => [
      value,
      Buffer.from(value).toString('base64'),
    ])
    const login = `robot:${this.credentials.get('REGISTRY_PASSWORD')?.value}`
    for (const secret of [...secrets, Buffer.from(login).toString('base64')].filter((one) => one.length > 8))
      for (const text of [log, ...artifacts.values()])
        if (text.includes(secret)) throw new Error(`a secret is told: ${text.slice(0, 500)}`)
  }
}
