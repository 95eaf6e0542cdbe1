import { WaybillError } from '../../base/index.ts'
import type { Application } from '../../config/index.ts'
import { findProgram, knownPrograms, openProgram } from '../../tools/index.ts'
import type { Finding } from '../doctor-answer.ts'
import type { Patient } from './patient.ts'

/** A program that the configuration asks for. */
interface Wanted {
  readonly name: string
  /** It may be missing. */
  readonly optional: boolean
  readonly use: string
}

const BUILDERS: Readonly<Record<string, string>> = { buildx: 'docker', buildah: 'buildah' }

/** The programs that the configuration asks for: here, in a version that may run? */
export async function examineTools(patient: Patient): Promise<readonly Finding[]> {
  const all = [...patient.config.applications.values()].flatMap(wantedBy)
  const strict = all.toSorted((a, b) => Number(b.optional) - Number(a.optional))
  const wanted = new Map(strict.map((one) => [one.name, one]))
  return Promise.all([...wanted.values()].map((one) => examineTool(one, patient)))
}

function wantedBy({ build, checks }: Application): readonly Wanted[] {
  const needs = (name: string | undefined, use: string): readonly Wanted[] =>
    name === undefined ? [] : [{ name, use, optional: false }]
  return [
    ...needs(BUILDERS[build?.builder ?? ''], 'the builder'),
    ...needs(build?.sbom === 'builder' ? undefined : build?.sbom, 'build.sbom'),
    ...(build?.scan ?? []).flatMap((name) => needs(name, 'build.scan')),
    ...needs(build?.structure && 'container-structure-test', 'build.structure'),
    ...checks.flatMap((check) =>
      Object.entries<{ readonly optional: boolean }>(check).flatMap(([name, { optional }]) =>
        name === 'command' ? [] : [{ name, optional, use: 'checks' }],
      ),
    ),
  ]
}

async function examineTool({ name, optional, use }: Wanted, patient: Patient): Promise<Finding> {
  const told = { group: 'tools', what: name } as const
  try {
    const found = await versionOf(name, patient)
    if (found !== undefined) return { ...told, result: 'ok', found }
    return {
      ...told,
      result: optional ? 'warning' : 'problem',
      found: `It is not here, and ${use} wants it.`,
      fix: `Install it on the PATH, or name an image by digest under tools.${name}.`,
    }
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error
    return { ...told, result: 'problem', found: error.message, fix: error.next }
  }
}

async function versionOf(name: string, { config, env, signal, clock }: Patient): Promise<string | undefined> {
  const { directory } = config
  const program = knownPrograms.get(name)
  if (!program) return (await findProgram([name], env, directory))?.path
  const world = { directory, env, signal, now: () => clock.now() }
  const tool = await openProgram(program, config.tools[name] ?? {}, world)
  return tool && `${tool.version ?? 'It does not say its version'}, ${tool.path}`
}
