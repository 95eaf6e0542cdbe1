import { join } from 'node:path'
import { rolldown } from 'rolldown'
import type { InputOptions, OutputChunk, OutputOptions } from 'rolldown'

export const ROOT = join(import.meta.dirname, '..')

/** Bundles the command line into `output.dir`. Returns what was written. @throws on any warning */
export async function bundle(
  output: OutputOptions,
  input: Pick<InputOptions, 'plugins'> & { readonly define?: Record<string, string> } = {},
): Promise<readonly OutputChunk[]> {
  const build = await rolldown({
    cwd: ROOT,
    input: { main: 'src/cli/main.ts' },
    platform: 'node',
    tsconfig: false,
    transform: { target: 'node24', define: input.define ?? {} },
    plugins: input.plugins,
    onLog: (_level, { message }) => {
      throw new Error(message)
    },
  })
  try {
    const written = await build.write({ minify: true, comments: { jsdoc: false }, ...output })
    return written.output.filter((file) => file.type === 'chunk')
  } finally {
    await build.close()
  }
}
