import { createHash } from 'node:crypto'
import { access, constants, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** Nobody listens there. As the proxy of an outside tool it keeps it on this machine; loopback needs no proxy. */
export const NOWHERE = 'http://127.0.0.1:9'

/** Where a program is: in `$WAYBILL_TOOLS/bin` or on the PATH; undefined when this machine does not have it. */
export async function findTool(program: string): Promise<string | undefined> {
  const { WAYBILL_TOOLS, PATH = '' } = process.env
  const folders = [...(WAYBILL_TOOLS ? [join(WAYBILL_TOOLS, 'bin')] : []), ...PATH.split(delimiter)]
  for (const folder of folders) {
    const file = join(folder, program)
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return file
  }
  return undefined
}

/** `tools` of waybill.yaml with Trivy by its bytes: as Go builds it from its module it does not say its version. */
export async function pinnedTrivy(): Promise<Record<string, { readonly digest: string }>> {
  const file = await findTool('trivy')
  if (file === undefined) return {}
  const hash = createHash('sha256').update(await readFile(file))
  return { trivy: { digest: `sha256:${hash.digest('hex')}` } }
}
