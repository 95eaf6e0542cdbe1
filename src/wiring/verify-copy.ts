import { loadTrust } from '../config/index.ts'
import { verify } from '../insight/index.ts'
import type { VerifyAnswer } from '../insight/index.ts'
import { checkExpiry } from '../signing/index.ts'
import { connect, openImage } from './images.ts'
import type { WorkspaceOptions } from './workspace.ts'

/** `waybill verify` with nothing but a copy of the image and a trust policy: no waybill.yaml, no network for a layout. */
export async function verifyCopy(
  question: { readonly reference: string; readonly trustFile: string },
  options: Omit<WorkspaceOptions, 'configFile'>,
): Promise<VerifyAnswer> {
  const trust = await loadTrust(question.trustFile, question.trustFile)
  checkExpiry(trust, options.clock.now())
  const client = connect(options, new Set())
  try {
    const { store, name } = await openImage(question.reference, undefined, client, options.cwd)
    return await verify({
      reference: question.reference,
      store,
      name,
      trust,
      now: options.clock.now(),
      chains: [],
    })
  } finally {
    await client.close()
  }
}
