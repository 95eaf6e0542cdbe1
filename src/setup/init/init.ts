import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fail, isFailure } from '../../base/index.ts'
import { configErrors, loadConfig, placeOf } from '../../config/index.ts'
import type { Config } from '../../config/index.ts'
import { formatRepository } from '../../oci/index.ts'
import { generateKey } from '../../signing/index.ts'
import { setupErrors } from '../errors.ts'
import type { InitAnswer, InitCommand, WrittenFile } from '../init-answer.ts'
import { configText, keyNames, trustText, variableFor } from './draft.ts'
import type { Plan } from './draft.ts'
import { ciInit } from '../ci/ci-init.ts'
import { SET_UP } from '../ci/look.ts'
import { refuseKeysInGit } from './keys-in-git.ts'
import { lookAtProject } from './project.ts'
import type { CiSystem } from './project.ts'
import { exists, foreseen, refuseOthers, writeProject } from './project-files.ts'
import { shellWord } from './quoting.ts'

export interface InitWorld {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  /** Asks the person at the terminal; undefined when there is nobody. */
  readonly ask: (question: string, fallback: string) => Promise<string | undefined>
}

/**
 * Begins a project: looks at it, asks what cannot be seen, and writes waybill.yaml, the trust policy and keys. All of
 * it is checked before the first file is written, and waybill.yaml comes last, so that a run which broke off can be
 * repeated.
 * @throws FILE_EXISTS, FILE_CHANGED, ANSWER_MISSING, ANSWER_INVALID when the answers make no road, KEYS_IN_GIT
 */
export async function init(command: InitCommand, world: InitWorld): Promise<InitAnswer> {
  const directory = resolve(world.cwd, command.directory ?? '.')
  await refuseExisting(directory)
  const plan = await planOf(command, directory, world)
  const config = await rehearse(plan)
  const keys = resolve(world.cwd, command.keys ?? join(configHome(world.env), 'keys', plan.application))
  const places = { directory, keys }
  await refuseKeysInGit(keys, world)
  await refuseOthers(plan, places)
  const system = command.ci === 'none' ? undefined : (command.ci ?? plan.project.ci)
  // Before the first write: it stops at pipelines that are not Waybill's.
  const pipelines = await writePipelines(system, config, directory, true)
  const files = command.dryRun ? foreseen(places) : await writeProject(plan, places)
  const more = command.dryRun ? pipelines : await writePipelines(system, config, directory, false)
  return {
    kind: 'init',
    outcome: command.dryRun ? 'planned' : 'created',
    application: plan.application,
    directory,
    environments: plan.environments.map((name) => ({
      name,
      repository: formatRepository(placeOf(config, plan.application, name).repository),
    })),
    files: [...files, ...more],
    secrets: keyNames.map((name) => ({ variable: variableFor(name), file: join(keys, `${name}.key`) })),
    next: nextSteps(plan, keys, { directory, cwd: world.cwd, pipelines: more.map(({ path }) => path) }),
  }
}

async function refuseExisting(directory: string): Promise<void> {
  const found = await stat(join(directory, 'waybill.yaml')).catch(() => undefined)
  if (found) throw exists(join(directory, 'waybill.yaml'))
}

async function planOf(
  command: InitCommand,
  directory: string,
  { ask, env, signal }: InitWorld,
): Promise<Plan> {
  const project = await lookAtProject(directory, env, signal)
  const inquire = async (given: string | undefined, question: string, fallback: string) =>
    given ?? (command.yes ? undefined : await ask(question, fallback)) ?? fallback
  const application = await inquire(command.application, 'Name of the application', project.application)
  const registry = await inquire(command.registry, 'Where images go, such as registry.example.com/team', '')
  if (registry === '')
    throw fail(setupErrors.ANSWER_MISSING, {
      message: 'Found no registry for the images.',
      next: 'Give it with --registry, for example --registry registry.example.com/team.',
    })
  const environments = await inquire(
    command.environments?.join(','),
    'Environments, in the order an image passes them',
    'dev,staging,prod',
  )
  return {
    project,
    application,
    environments: environments.split(/[\s,]+/).filter(Boolean),
    repository: repositoryTemplate(registry.replace(/\/+$/, '')),
  }
}

/** Each environment gets a path of its own, unless the template says otherwise. */
function repositoryTemplate(registry: string): string {
  const place = registry.includes('{environment}') ? registry : `${registry}/{environment}`
  const whole = place.includes('{application}') ? place : `${place}/{application}`
  return `"${whole.replaceAll('"', '')}"`
}

/** What `waybill ci init` does, as part of the beginning. @throws FILE_CHANGED */
async function writePipelines(
  system: CiSystem | undefined,
  config: Config,
  directory: string,
  dryRun: boolean,
): Promise<readonly WrittenFile[]> {
  if (system === undefined) return []
  const { files } = await ciInit({ system, dryRun }, config, directory)
  return files.map(({ path, change }) => ({
    path: join(directory, path),
    about: path === SET_UP ? `what to set up in ${system}` : `pipelines of ${system}`,
    state: change === 'kept' ? 'kept' : dryRun ? 'planned' : 'created',
  }))
}

/** What would be written must load: keys are made for the time of this question. @throws ANSWER_INVALID */
async function rehearse(plan: Plan): Promise<Config> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-init-'))
  try {
    await mkdir(join(folder, 'keys'))
    await writeFile(join(folder, 'trust.yaml'), trustText())
    for (const name of keyNames)
      await writeFile(join(folder, 'keys', `${name}.pub`), generateKey().publicKeyPem)
    await writeFile(join(folder, 'waybill.yaml'), configText(plan))
    return await loadConfig(join(folder, 'waybill.yaml'))
  } catch (error) {
    // Its lines are of a file that nobody has.
    if (!isFailure(error, configErrors.CONFIG_INVALID)) throw error
    const message = error.message.replaceAll(/^( *)\d+:\d+: /gm, '$1')
    throw fail(setupErrors.ANSWER_INVALID, { message, cause: error })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function configHome({ XDG_CONFIG_HOME, HOME }: NodeJS.ProcessEnv): string {
  return join(XDG_CONFIG_HOME || join(HOME || homedir(), '.config'), 'waybill')
}

interface Written {
  readonly directory: string
  readonly cwd: string
  /** Absolute paths. */
  readonly pipelines: readonly string[]
}

function nextSteps({ application, environments, project }: Plan, keys: string, written: Written) {
  const { directory, cwd, pipelines } = written
  const folder = relative(cwd, directory)
  const [first = 'dev', second] = environments
  const added = new Set(pipelines.map((path) => topOf(relative(directory, path))))
  // Beside the project: a file in it would make the tree another one than the commit.
  const evidence = `../${application}-check.jsonl`
  const isChecked = project.scanners.length > 0
  return [
    ...(folder === '' ? [] : [{ line: `cd ${shellWord(folder)}`, about: 'the project' }]),
    { line: `. ${shellWord(join(keys, 'env'))}`, about: 'the keys, in this shell' },
    {
      line: `git add ${['waybill.yaml', 'trust.yaml', 'keys', ...added].join(' ')} && git commit -m "The road"`,
      about: 'a build wants a clean tree',
    },
    { line: 'waybill doctor', about: 'is everything there that the road needs?' },
    ...(isChecked
      ? [{ line: `waybill check ${application} --evidence ${evidence}`, about: 'before anything is built' }]
      : []),
    {
      line: `waybill build ${application} --event push${isChecked ? ` --evidence ${evidence}` : ''}`,
      about: 'once; later the CI does it',
    },
    {
      line: `waybill promote ${application} --to ${first} --image git-$(git rev-parse --short=8 HEAD)`,
      about: '',
    },
    ...(second === undefined
      ? []
      : [
          { line: `waybill pass ${application} ${first}`, about: `${first} works` },
          {
            line: `waybill promote ${application} --to ${second}`,
            about: 'the same digest, no rebuild',
          },
        ]),
  ]
}

/** What git is told to add: whole folders of a CI system, single files of the project's own. */
function topOf(path: string): string {
  return path.startsWith('.') || path.startsWith('pipelines/') || path.startsWith('jenkins/')
    ? (path.split('/', 1)[0] ?? path)
    : path
}
