import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { actions } from '../../../src/ci/github/actions.ts'
import { git } from '../git.ts'
import { only, textOf } from './strict.ts'
import type { Fields } from './strict.ts'

/** What an action here may touch. */
export interface ActionJob {
  readonly workspace: string
  /** The remote, the commit that the run is of, and where the CI system says that the source is. */
  readonly origin: string
  readonly sha: string
  readonly source: string
  /** Files that jobs of this run have kept, by name. */
  readonly artifacts: string
  readonly permissions: Fields
  readonly env: Readonly<Record<string, string>>
}

export interface ActionDone {
  readonly outputs?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly log?: string
}

/** Runs an action in place of GitHub: only those that are pinned, by exactly their commit, with inputs that they have. */
export function runAction(uses: string, given: Fields, job: ActionJob): ActionDone {
  const [name] = Object.entries(actions).find(([, pinned]) => pinned.split(' ')[0] === uses) ?? []
  if (name === undefined) throw new Error(`not pinned by the table: ${uses}`)
  return ACTIONS[name as keyof typeof actions](given, job)
}

const ACTIONS: Readonly<Record<keyof typeof actions, (given: Fields, job: ActionJob) => ActionDone>> = {
  checkout: (given, { workspace, origin, sha, source, permissions }) => {
    const { 'persist-credentials': persist, 'fetch-depth': depth = 1 } = only(
      given,
      ['persist-credentials', 'fetch-depth'],
      'checkout',
    )
    if (persist !== false) throw new Error('credentials would stay in the checkout')
    if (permissions['contents'] !== 'read') throw new Error('this job may not read the source')
    git(workspace, ['init', '--quiet', '.'])
    git(workspace, ['remote', 'add', 'origin', source])
    const shallow = depth === 0 ? [] : [`--depth=${textOf(depth)}`]
    git(workspace, ['fetch', '--quiet', ...shallow, `file://${origin}`, sha])
    git(workspace, ['checkout', '--quiet', '--force', sha])
    return {}
  },
  upload: (given, { artifacts }) => {
    const {
      name,
      path,
      'if-no-files-found': missing,
      overwrite,
    } = only(given, ['name', 'path', 'if-no-files-found', 'retention-days', 'overwrite'], 'upload-artifact')
    const from = textOf(path)
    if (!existsSync(from) || readdirSync(from).length === 0) {
      if (missing === 'error') throw new Error(`No files were found with the provided path: ${from}`)
      return {}
    }
    const to = join(artifacts, textOf(name))
    if (existsSync(to) && overwrite !== true)
      throw new Error(`an artifact with this name exists: ${textOf(name)}`)
    rmSync(to, { recursive: true, force: true })
    cpSync(from, to, { recursive: true })
    return {}
  },
  download: (given, { artifacts }) => {
    const { name, path } = only(given, ['name', 'path'], 'download-artifact')
    const from = join(artifacts, textOf(name))
    if (!existsSync(from)) throw new Error(`Artifact not found for name: ${textOf(name)}`)
    mkdirSync(textOf(path), { recursive: true })
    cpSync(from, textOf(path), { recursive: true })
    return {}
  },
  cache: (given) => {
    const { path } = only(given, ['path', 'key'], 'cache')
    if (textOf(path).startsWith(homedir())) throw new Error('the home of the test')
    return {}
  },
  qemu: (given) => (only(given, [], 'setup-qemu'), {}),
  buildx: (given) => (only(given, [], 'setup-buildx'), {}),
  aws: (given, job) => {
    only(given, ['role-to-assume', 'aws-region'], 'configure-aws-credentials')
    wantsIdentity(job)
    const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key', AWS_SESSION_TOKEN: 'token' }
    return { env: { ...keys, AWS_REGION: textOf(given['aws-region']) } }
  },
  google: (given, job) => {
    const { create_credentials_file: file } = only(
      given,
      ['workload_identity_provider', 'service_account', 'token_format', 'create_credentials_file'],
      'google auth',
    )
    wantsIdentity(job)
    if (file !== false) throw new Error('a file with credentials would lie in the checkout')
    return { outputs: { access_token: 'ya29.google' } }
  },
}

function wantsIdentity({ permissions }: ActionJob): void {
  if (permissions['id-token'] !== 'write') throw new Error('this job may not ask for an identity token')
}
