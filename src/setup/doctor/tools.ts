import { findProgram } from '../../tools/index.ts'
import type { Finding } from '../doctor-answer.ts'
import type { Patient } from './patient.ts'

const BUILDERS: Readonly<Record<string, readonly string[]>> = { buildx: ['docker'], buildah: ['buildah'] }

/** The programs that the configuration asks for. */
export async function examineTools({ config, env }: Patient): Promise<readonly Finding[]> {
  const builders = [
    ...new Set([...config.applications.values()].flatMap(({ build }) => build?.builder ?? [])),
  ]
  const wanted = builders.flatMap((builder) => BUILDERS[builder] ?? [])
  return Promise.all(
    wanted.map(async (program): Promise<Finding> => {
      const found = await findProgram([program], env, config.directory)
      const told = { group: 'tools', what: program } as const
      return found
        ? { ...told, result: 'ok', found: found.path }
        : {
            ...told,
            result: 'problem',
            found: 'It is not on the PATH.',
            fix: `Install it: the builder needs it.`,
          }
    }),
  )
}
