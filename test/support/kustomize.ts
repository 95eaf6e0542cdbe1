import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { git } from './git.ts'
import type { BareRepository } from './git.ts'
import { findTool } from './outside-tool.ts'

const kubectl = await findTool('kubectl')
const kustomize = kubectl ?? (await findTool('kustomize'))

/** Why nothing can be rendered here; false when it can (for a test's `skip`). */
export const noKustomize: string | false =
  kustomize === undefined && 'neither kubectl nor kustomize is on this machine'

/** What `kubectl kustomize` (or kustomize alone) makes of folders of a repository: the image references of each. */
export function renderedImages(bare: BareRepository, ...folders: readonly string[]): readonly string[][] {
  const copy = mkdtempSync(join(tmpdir(), 'waybill-render-'))
  try {
    git(copy, ['clone', '--quiet', bare.directory, '.'])
    return folders.map((folder) => {
      const words = [kubectl ? 'kustomize' : 'build', join(copy, folder)]
      const text = execFileSync(kustomize ?? '', words).toString('utf8')
      return [...text.matchAll(/image: (\S+)/g)].map(([, image = '']) => image)
    })
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}
