import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle, ROOT } from './build-bundle.ts'
import { thirdPartyNotices } from './third-party-notices.ts'

const MAIN = 'lib/cli/main.js'
const SHIPPED = ['README.md', 'CHANGELOG.md', 'LICENSE', 'docs', 'schemas', 'examples']
const NOTICES = 'THIRD-PARTY-NOTICES'
/** What every command but `--version` loads, with all that these import. */
const EVERY_COMMAND = /\/src\/cli\/(?:cli|help|command|flags|application)\.ts$/

/** Makes `folder` anew: the npm package. A chunk for each command and each room that is loaded late. */
export async function buildPackage(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  const chunks = await bundle({
    dir: folder,
    format: 'esm',
    entryFileNames: MAIN,
    // As deep as the sources are: `../../package.json` and `../../examples` lead to the same places.
    chunkFileNames: 'lib/chunks/[name].js',
    codeSplitting: { groups: [{ name: 'every-command', test: EVERY_COMMAND }] },
  })
  for (const name of SHIPPED) cpSync(join(ROOT, name), join(folder, name), { recursive: true })
  writeFileSync(join(folder, NOTICES), thirdPartyNotices(chunks.flatMap(({ moduleIds }) => moduleIds)))
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`)
  chmodSync(join(folder, MAIN), 0o755)
}

/** The repository's manifest without what only a checkout needs: scripts, workspaces, dependencies. */
function manifest(): object {
  const { name, version, description, license, type, engines } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  ) as Record<string, unknown>
  const bin = { waybill: MAIN }
  const exports = { './package.json': './package.json', './schemas/*': './schemas/*' }
  const files = ['lib', NOTICES, ...SHIPPED]
  return { name, version, description, license, type, engines, bin, exports, files }
}
