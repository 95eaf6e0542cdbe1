import { readFile, rename, writeFile } from 'node:fs/promises'
import type { Values } from './ci-system.ts'

/**
 * Sets `WAYBILL_DIGEST=…` and so on in a file of such lines: a dotenv report of GitLab, a properties file of Jenkins.
 * Other lines stay; of Waybill's own those of the newest command do.
 * @throws what the file system says
 */
export async function writeOutputs(file: string, values: Values): Promise<void> {
  const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const others = before.split('\n').filter((line) => line !== '' && !OWN.test(line))
  const own = Object.entries(values).map(([name, value]) => `WAYBILL_${name.toUpperCase()}=${value}`)
  const temporary = `${file}.${process.pid}.tmp`
  await writeFile(temporary, `${[...others, ...own].join('\n')}\n`)
  await rename(temporary, file)
}

const OWN = /^WAYBILL_(?:OUTCOME|DIGEST|IMAGE|TAGS|VERSION|RECORD)=/
