import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fail } from '../base/index.ts'
import type { OnStep } from '../base/index.ts'
import { placeOf } from '../config/index.ts'
import type { Application, Config } from '../config/index.ts'
import { formatRepository, parseReference, parseRepository } from '../oci/index.ts'
import type { Repository } from '../oci/index.ts'
import { asksAnything, inPlace, inStaging, planBuild, publishBuild } from '../pipeline/index.ts'
import type {
  AskedChecks,
  AttachFact,
  BuildCommand,
  BuildConfig,
  BuildOutcome,
  BuildWarning,
  PublishParts,
  SourceEvidence,
} from '../pipeline/index.ts'
import { attachOnce, factOf } from '../promotion/index.ts'
import { openLayout } from '../registry/index.ts'
import type { ImageStore } from '../registry/index.ts'
import { ciFacts } from '../tools/index.ts'
import { removeOutputs, writeOutputs } from './build-outputs.ts'
import { identityVariables, jobIdentity } from '../tools/index.ts'
import type { IdentitySettings } from '../tools/index.ts'
import { judgeFor } from './admission.ts'
import { wiringErrors } from './errors.ts'
import { examine, requireChecks } from './examine.ts'
import type { Wired } from './parts.ts'
import { namedFiles } from './read-reports.ts'
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
  if (folder !== undefined && isThere(outcome)) await writeOutputs(folder, outcome)
  return outcome
}

/** A refused image is nowhere, and later steps must not find a digest of it. */
function isThere({ outcome }: BuildOutcome): boolean {
  return outcome === 'built' || outcome === 'already'
}

async function make(command: BuildCommand, wired: Wired, options: WorkspaceOptions): Promise<BuildOutcome> {
  const { config, client } = wired
  const application = applicationOf(config, command.application)
  const spec = { ...specOf(command, application, config), run: command.run ?? ciFacts(options.env)?.run }
  const evidence = await sourceEvidence(command, wired, options)
  const parts = partsFor(wired, options)
  if (command.dryRun) {
    const location = command.layout
      ? `layout:${command.layout}`
      : formatRepository(buildRepository(config, application))
    return inScratch((scratch) => planBuild(spec, scratch, location, parts))
  }
  const asked = askedOf(spec.build, config)
  const isAdmitted = spec.build.publish === 'admitted'
  await requireChecks(asked, wired, options)
  const whole: PublishParts = {
    ...parts,
    attach: attacher(wired),
    ...(evidence && { evidence }),
    examine: asksAnything(asked)
      ? (image) => examine(asked, image, application.name, wired, options)
      : undefined,
    judge: isAdmitted ? judgeFor(application.name, wired) : undefined,
  }
  if (command.layout) {
    const standsFor = isAdmitted ? { standsFor: buildRepository(config, application) } : {}
    const layout = await openLayout(resolve(options.cwd, command.layout), { create: true, ...standsFor })
    return publishBuild(spec, inPlace(layout), whole)
  }
  const repository = buildRepository(config, application)
  const destination = client.repository(repository)
  if (!isAdmitted && !asksAnything(asked)) return publishBuild(spec, inPlace(destination), whole)
  return inStaging(destination, repository, parts, (staging) => publishBuild(spec, staging, whole))
}

/** What the build block wants to know about the image. */
function askedOf({ sbom, scan, structure }: BuildConfig, { directory }: Config): AskedChecks {
  return { sbom, scan, structure: structure === undefined ? undefined : resolve(directory, structure) }
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

function partsFor({ client, config, parts }: Wired, options: WorkspaceOptions) {
  const { onStep, signal, clock, env: secrets } = options
  const openStore = async (reference: string): Promise<ImageStore> => {
    if (reference.startsWith('layout:'))
      return openLayout(resolve(config.directory, reference.slice('layout:'.length)))
    const { registry, name } = parseReference(reference)
    return client.repository({ registry, name })
  }
  const now = clock.now()
  const { directory, identity: told } = config
  const settings = told === 'off' ? undefined : told
  const identity = () => jobIdentity({ settings, env: secrets, directory, now, signal, onStep })
  const { version } = parts.promoter
  const env = withoutIdentity(parts.env, settings)
  return { openStore, onStep, signal, now, env, version, ...(told !== 'off' && { identity }) }
}

/** Builders run programs: with the job's token one of them could pass for the job. */
function withoutIdentity(env: NodeJS.ProcessEnv, settings: IdentitySettings | undefined): NodeJS.ProcessEnv {
  const secret = new Set(identityVariables(settings ?? {}))
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secret.has(name)))
}

function attacher({ signers, parts }: Wired): AttachFact {
  return async ({ fact, image, predicateType, predicate, isSame }) => {
    if (!signers.has(fact)) return undefined
    const signer = await signers.signer(fact)
    return attachOnce({ store: image.store, image, predicateType, predicate, signer }, isSame, parts)
  }
}

/** @throws FILE_UNREADABLE; KEY_* when nothing could be said about the image anyway */
async function sourceEvidence(
  { evidence: named = [], dryRun }: BuildCommand,
  { signers, parts }: Wired,
  { cwd }: WorkspaceOptions,
): Promise<SourceEvidence | undefined> {
  if (named.length === 0) return undefined
  const files = (await namedFiles(named, cwd)).map(async (where) => ({
    where,
    bytes: await parts.readFile(where),
  }))
  if (!dryRun) await signers.signer('tests')
  return {
    files: await Promise.all(files),
    trust: parts.trust,
    restate: async ({ image, predicateType, predicate }) => {
      const signer = await parts.signer(factOf(predicateType))
      const isSame = (other: object) => JSON.stringify(other) === JSON.stringify(predicate)
      return attachOnce({ store: image.store, image, predicateType, predicate, signer }, isSame, parts)
    },
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
