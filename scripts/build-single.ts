import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { OutputChunk, Plugin } from 'rolldown'
import { bundle, ROOT } from './build-bundle.ts'
import { buildExecutable } from './build-executable.ts'
import { thirdPartyNotices } from './third-party-notices.ts'

/** Makes `folder` anew: Waybill as one file for any Node from 24, and on Linux as an executable with Node inside. */
export async function buildSingle(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  const chunks = await bundleInto(folder, 'esm', 'waybill.mjs')
  chmodSync(join(folder, 'waybill.mjs'), 0o755)
  if (process.platform === 'linux') await bundleExecutable(join(folder, 'waybill'))
  writeFileSync(join(folder, 'LICENSE'), readFileSync(join(ROOT, 'LICENSE')))
  writeFileSync(join(folder, 'THIRD-PARTY-NOTICES'), notices(chunks))
}

async function bundleExecutable(target: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-single-'))
  try {
    // A program inside Node 24 is CommonJS.
    await bundleInto(folder, 'cjs', 'main.cjs')
    buildExecutable(join(folder, 'main.cjs'), target)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function bundleInto(dir: string, format: 'esm' | 'cjs', entryFileNames: string) {
  // What is imported late still runs late: it is wrapped in a function.
  return bundle(
    { dir, format, entryFileNames, codeSplitting: false },
    { plugins: [withoutPackage()], define: example() },
  )
}

/** Puts something else in the place of the files that look for the package around them, or cache its many files. */
function withoutPackage(): Plugin {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  const replaced: Readonly<Record<string, string>> = {
    [join(ROOT, 'src/base/version.ts')]: `export const readVersion = () => ${JSON.stringify(version)}`,
    [join(ROOT, 'src/cli/compile-cache.ts')]: 'export const keepCompiledCode = () => {}',
    [join(ROOT, 'src/demo/installation.ts')]: readFileSync(
      join(ROOT, 'scripts/build-single-installation.ts'),
      'utf8',
    ),
  }
  return { name: 'without-package', load: (id) => replaced[id] }
}

function example() {
  const folder = join(ROOT, 'examples/ordersvc')
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
  const files = paths.filter((path) => statSync(join(folder, path)).isFile())
  const contents = files.map((path) => {
    const mode = statSync(join(folder, path)).mode & 0o100 ? 0o755 : 0o644
    return { path, mode, text: readFileSync(join(folder, path), 'utf8') }
  })
  return { EXAMPLE_FILES: JSON.stringify(contents) }
}

function notices(chunks: readonly OutputChunk[]): string {
  const node = readFileSync(join(dirname(process.execPath), '..', 'LICENSE'), 'utf8')
  const own = thirdPartyNotices(chunks.flatMap(({ moduleIds }) => moduleIds))
  return `${own}\nThe executable also contains Node.js ${process.version}.\n\n${node}`
}
