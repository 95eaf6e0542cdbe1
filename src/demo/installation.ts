import { cp } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

// The single-file build puts scripts/build-single-installation.ts in the place of this file.
const EXAMPLE = fileURLToPath(new URL('../../examples/ordersvc', import.meta.url))

/** Writes the demo's service into `directory`. */
export async function copyExample(directory: string): Promise<void> {
  await cp(EXAMPLE, directory, { recursive: true })
}

/** The program that runs the service's tests. */
export const nodeProgram = process.execPath

/** The words that start this same Waybill again. */
export const ownCommand: readonly string[] = [process.execPath, process.argv[1] ?? '']
