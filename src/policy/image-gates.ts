import { gates } from './gates.ts'
import type { Gate } from './schema.ts'

/** Of an environment's gates those that ask about the image itself and what is signed about it; not about its entry. */
export function imageGates(given: readonly Gate[]): readonly Gate[] {
  return given.filter(({ kind }) => gates[kind].asks === 'image')
}
