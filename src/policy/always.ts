import type { Gate } from './schema.ts'

/** What is asked in every environment, whether it lists the gate or not. */
const ALWAYS: readonly Gate[] = [{ kind: 'hold', maxAge: undefined }, { kind: 'quarantine' }]

/** An environment's gates with those that apply always, in the order of the file. */
export function withStops(given: readonly Gate[]): readonly Gate[] {
  return [...given, ...ALWAYS.filter(({ kind }) => !given.some((gate) => gate.kind === kind))]
}
