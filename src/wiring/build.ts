import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fail } from '../base/index.ts'
import type { OnStep } from '../base/index.ts'
import { placeOf } from '../config/index.ts'
import type { Application, Config } from '../config/index.ts'
import { formatRepository, parseReference, parseRepository } from '../oci/index.ts'
import type { Repository } from '../oci/index.ts'
import { planBuild, publishBuild } from '../pipeline/index.ts'
import type { AttachFact, BuildCommand, BuildOutcome, BuildWarning } from '../pipeline/index.ts'
import { attachOnce } from '../promotion/index.ts'
import { openLayout } from '../registry/index.ts'
import type { ImageStore } from '../registry/index.ts'
import { ciFacts } from '../tools/index.ts'
import { removeOutputs, writeOutputs } from './build-outputs.ts'
import { wiringErrors } from './errors.ts'
import type { Wired } from './parts.ts'
import type { WorkspaceOptions } from './workspace.ts'

/**
 * Builds an application, signs what was built, and puts it where the first environment takes it from. With `outputs`
 * later steps find the digest there; a build that fails leaves nothing that they could take for its own.
 */
export async function build(
  command: BuildCommand,
  wired: Wired,
  options: WorkspaceOptions,
): Promise<BuildOutcome> {
  const folder = command.outputs === undefined ? undefined : resolve(options.cwd, command.outputs)
  if (folder !== undefined && !command.dryRun) await removeOutputs(folder)
  const warnings: BuildWarning[] = []
  const onStep: OnStep = (step) => {
    if (step.kind === 'warning') warnings.push({ code: step.code, message: step.message })
    options.onStep(step)
  }
  const built = await make(command, wired, { ...options, onStep })
  const outcome = warnings.length > 0 ? { ...built, warnings } : built
  if (folder !== undefined && !command.dryRun) await writeOutputs(folder, outcome)
  return outcome
}

async function make(command: BuildCommand, wired: Wired, options: WorkspaceOptions): Promise<BuildOutcome> {
  const { config, client } = wired
  const application = applicationOf(config, command.application)
  const spec = { ...specOf(command, application, config), run: command.run ?? ciFacts(options.env)?.run }
  const parts = { ...partsFor(wired, options), attach: attacher(wired) }
  if (command.dryRun) {
    const location = command.layout
      ? `layout:${command.layout}`
      : formatRepository(buildRepository(config, application))
    return inScratch((scratch) => planBuild(spec, scratch, location, parts))
  }
  const destination = command.layout
    ? await openLayout(resolve(options.cwd, command.layout), { create: true })
    : client.repository(buildRepository(config, application))
  return publishBuild(spec, destination, parts)
}

/** Where builds go: the application's own place, else the environment that accepts builds. @throws BUILD_UNCONFIGURED */
export function buildRepository(config: Config, application: Application): Repository {
  if (application.build?.repository) return parseRepository(application.build.repository)
  const first = [...config.environments.values()].find((environment) => environment.accepts === 'build')
  if (first) return placeOf(config, application.name, first.name).repository
  throw fail(wiringErrors.BUILD_UNCONFIGURED, {
    message: `No environment takes builds of ${application.name}.`,
    where: config.file,
  })
}

function applicationOf(config: Config, name: string): Application {
  const [anywhere] = config.environments.keys()
  return placeOf(config, name, anywhere ?? '').application
}

function specOf(command: BuildCommand, application: Application, config: Config) {
  if (!application.build) {
    throw fail(wiringErrors.BUILD_UNCONFIGURED, {
      message: `${application.name} has no build block.`,
      where: config.file,
    })
  }
  const { commit, ref, event, pullRequest, version, context } = command
  return {
    application: application.name,
    directory: config.directory,
    build: context === undefined ? application.build : { ...application.build, context },
    source: application.source,
    version,
    stated: { commit, ref, event, pullRequest },
  }
}

function partsFor({ client, config, parts }: Wired, { onStep, signal, clock }: WorkspaceOptions) {
  const openStore = async (reference: string): Promise<ImageStore> => {
    if (reference.startsWith('layout:'))
      return openLayout(resolve(config.directory, reference.slice('layout:'.length)))
    const { registry, name } = parseReference(reference)
    return client.repository({ registry, name })
  }
  const { env, promoter } = parts
  return { openStore, onStep, signal, now: clock.now(), env, version: promoter.version }
}

function attacher({ signers, parts }: Wired): AttachFact {
  return async ({ fact, image, predicateType, predicate, isSame }) => {
    if (!signers.has(fact)) return undefined
    const signer = await signers.signer(fact)
    return attachOnce({ store: image.store, image, predicateType, predicate, signer }, isSame, parts)
  }
}

async function inScratch<T>(work: (scratch: ImageStore) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'waybill-build-'))
  try {
    return await work(await openLayout(directory, { create: true }))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
