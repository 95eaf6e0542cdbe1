import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Settings and storage of its own for buildah, in a folder: neither needs nor touches what is on the machine. */
export function buildahEnv(folder: string): NodeJS.ProcessEnv {
  const settings = join(folder, 'storage.conf')
  const folders = `graphroot = "${folder}/graph"\nrunroot = "${folder}/run"\n`
  writeFileSync(settings, `[storage]\ndriver = "vfs"\n${folders}`)
  return {
    PATH: process.env.PATH,
    HOME: folder,
    TMPDIR: folder,
    BUILDAH_ISOLATION: 'chroot',
    CONTAINERS_STORAGE_CONF: settings,
    XDG_RUNTIME_DIR: folder,
  }
}
