// npm run build: dist/, the package as it is published. Everything Waybill needs is in it, so that installing it
// fetches nothing else. `npm pack ./dist` makes the tarball. Another folder than dist/ may be named.
import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { rolldown } from 'rolldown'
import { thirdPartyNotices } from './third-party-notices.ts'

const ROOT = join(import.meta.dirname, '..')
const DIST = resolve(process.argv[2] ?? join(ROOT, 'dist'))
const MAIN = 'lib/cli/main.js'
const SHIPPED = ['README.md', 'CHANGELOG.md', 'LICENSE', 'docs', 'schemas', 'examples']

rmSync(DIST, { recursive: true, force: true })
const modules = await bundle()
for (const name of SHIPPED) cpSync(join(ROOT, name), join(DIST, name), { recursive: true })
write('THIRD-PARTY-NOTICES', thirdPartyNotices(modules))
write('package.json', `${JSON.stringify(manifest(), null, 2)}\n`)
chmodSync(join(DIST, MAIN), 0o755)

/** One chunk for each command and each room that is loaded late. Returns the files that went in. */
async function bundle(): Promise<readonly string[]> {
  const build = await rolldown({
    cwd: ROOT,
    input: { main: 'src/cli/main.ts' },
    platform: 'node',
    tsconfig: false,
    transform: { target: 'node24' },
    onLog: (_level, { message }) => {
      throw new Error(message)
    },
  })
  const { output } = await build.write({
    dir: DIST,
    format: 'esm',
    entryFileNames: MAIN,
    // As deep as the sources are: `../../package.json` and `../../examples` lead to the same places.
    chunkFileNames: 'lib/chunks/[name].js',
    comments: { jsdoc: false },
  })
  await build.close()
  return output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
}

/** The repository's manifest without what only a checkout needs: scripts, workspaces, dependencies. */
function manifest(): object {
  const { name, version, description, license, type, engines } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  ) as Record<string, unknown>
  const exports = { './package.json': './package.json', './schemas/*': './schemas/*' }
  return { name, version, description, license, type, engines, bin: { waybill: MAIN }, exports }
}

function write(name: string, text: string): void {
  writeFileSync(join(DIST, name), text)
}
