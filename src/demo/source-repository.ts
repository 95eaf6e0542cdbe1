import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../base/command.ts'
import { fail } from '../base/index.ts'
import { demoErrors } from './errors.ts'

/** One change to a file: the text that goes, and the text that comes. */
export interface Edit {
  readonly file: string
  readonly from: string
  readonly to: string
}

export interface Person {
  readonly name: string
  readonly email: string
}

/** What a pull request brings. */
export interface Change {
  readonly branch: string
  readonly pullRequest: string
  readonly message: string
  readonly author: Person
  readonly edits: readonly Edit[]
}

const START = Date.parse('2026-11-02T09:00:00Z')
const MINUTE = 60_000

/** The service's git repository. Dates are fixed, so the history reads the same every time. */
export class SourceRepository {
  readonly directory: string
  readonly #env: NodeJS.ProcessEnv
  #minutes = 0

  constructor(directory: string, env: NodeJS.ProcessEnv) {
    this.directory = directory
    this.#env = { ...env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C', TZ: 'UTC' }
  }

  /** Starts the history with everything that is in the directory. */
  async start(remote: string, author: Person): Promise<void> {
    await this.git('init', '--quiet', '--initial-branch', 'dev')
    await this.git('remote', 'add', 'origin', remote)
    await this.#commit('ordersvc: orders over HTTP', author)
  }

  /** A pull request as CI sees it: its commit merged with `dev` on a ref of its own (`refs/pull/N/merge`). */
  async openPullRequest({ branch, pullRequest, message, author, edits }: Change): Promise<string> {
    await this.git('checkout', '--quiet', '-b', branch, 'dev')
    await this.edit(edits)
    await this.#commit(message, author)
    await this.git('checkout', '--quiet', '--detach', 'dev')
    await this.#merge(branch, `Merge ${branch} into dev (preview of #${pullRequest})`, author)
    await this.git('update-ref', `refs/pull/${pullRequest}/merge`, 'HEAD')
    return this.head()
  }

  /** The merge itself: a new commit on `dev`, so never the commit that the pull request's build was made from. */
  async mergePullRequest({ branch, pullRequest, message, author }: Change): Promise<string> {
    await this.git('checkout', '--quiet', 'dev')
    await this.#merge(branch, `${message} (#${pullRequest})`, author)
    return this.head()
  }

  async head(): Promise<string> {
    return (await this.git('rev-parse', 'HEAD')).trim()
  }

  /** @throws DEMO_UNEXPECTED when the text to replace is not there */
  async edit(edits: readonly Edit[]): Promise<void> {
    for (const { file, from, to } of edits) {
      const path = join(this.directory, file)
      const text = await readFile(path, 'utf8')
      if (!text.includes(from))
        throw fail(demoErrors.DEMO_UNEXPECTED, { message: `Found no "${from}" to change.`, where: path })
      await writeFile(path, text.replace(from, to))
    }
  }

  async git(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('git', args, { cwd: this.directory, env: this.#env })
    return stdout.toString('utf8')
  }

  async #commit(message: string, author: Person): Promise<void> {
    await this.git('add', '--all')
    await this.#as(author, ['commit', '--quiet', '--message', message])
  }

  async #merge(branch: string, message: string, author: Person): Promise<void> {
    await this.#as(author, ['merge', '--quiet', '--no-ff', '--message', message, branch])
  }

  async #as({ name, email }: Person, args: readonly string[]): Promise<void> {
    const date = new Date(START + this.#minutes++ * MINUTE).toISOString()
    const who = {
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: email,
    }
    const when = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }
    await run('git', args, { cwd: this.directory, env: { ...this.#env, ...who, ...when } })
  }
}

/** Makes a bare repository whose `main` holds the files of a folder. */
export async function makeBareRepository(
  folder: string,
  bare: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const work = `${bare}.work`
  await cp(folder, work, { recursive: true })
  const repository = new SourceRepository(work, env)
  await repository.start('https://git.example.com/contoso/gitops', {
    name: 'Platform team',
    email: 'platform@contoso.example',
  })
  await repository.git('branch', '--move', 'dev', 'main')
  await repository.git('clone', '--quiet', '--bare', work, bare)
}
