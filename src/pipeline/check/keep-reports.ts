import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RawReport } from '../../tools/index.ts'

/** Raw reports for people and for the CI's own pages: `gitleaks.json`, or a folder when there are several. */
export async function keepReports(
  { name, application }: { readonly name: string; readonly application: string | undefined },
  reports: readonly { readonly report: RawReport }[],
  folder: string,
): Promise<void> {
  const own = application === undefined ? folder : join(folder, application)
  const several = reports.length > 1
  const place = several ? join(own, name) : own
  await mkdir(place, { recursive: true })
  for (const [index, { report }] of reports.entries()) {
    const extension = EXTENSION.exec(report.where)?.[0] ?? guessed(report)
    const file = several ? `${index + 1}${extension}` : `${name}${extension}`
    await writeFile(join(place, file), report.bytes)
  }
}

const EXTENSION = /\.(?:json|xml|sarif|trx|info)$/

function guessed(report: RawReport): string {
  return report.json() === undefined ? '.txt' : '.json'
}
