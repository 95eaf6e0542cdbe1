import { constants, open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { fail } from '../../base/index.ts'
import { cliErrors } from '../errors.ts'
import type { Values } from './ci-system.ts'

/**
 * Sets `WAYBILL_DIGEST=…` and so on in a file of such lines: a dotenv report of GitLab, a properties file of Jenkins.
 * Other lines stay; of Waybill's own those of the newest command do. Written where it stands: the name may be a link, or
 * a file that was mounted into a container.
 * @throws SYSTEM_REFUSED when it is a folder, a device or a pipe; what the file system says
 */
export async function writeOutputs(file: string, values: Values): Promise<void> {
  const handle = await open(file, constants.O_RDWR | constants.O_CREAT, 0o666)
  try {
    await requireFile(handle, file)
    const before = await handle.readFile('utf8')
    const others = before.split('\n').filter((line) => line !== '' && !OWN.test(line))
    const own = Object.entries(values).map(([name, value]) => `WAYBILL_${name.toUpperCase()}=${value}`)
    const text = Buffer.from(`${[...others, ...own].join('\n')}\n`)
    // Cut to its length last: on a full disk the other lines are still there.
    await handle.write(text, 0, text.length, 0)
    await handle.truncate(text.length)
  } finally {
    await handle.close()
  }
}

async function requireFile(handle: FileHandle, file: string): Promise<void> {
  if ((await handle.stat()).isFile()) return
  throw fail(cliErrors.SYSTEM_REFUSED, {
    message: 'What WAYBILL_OUTPUTS names is no file.',
    where: file,
    next: 'Let WAYBILL_OUTPUTS name a file, or take it away; then run the same command again.',
  })
}

const OWN = /^WAYBILL_(?:OUTCOME|DIGEST|IMAGE|TAGS|VERSION|RECORD)=/
