import * as z from 'zod'
import { gates } from './gates.ts'

type GateTable = typeof gates
type GateKind = keyof GateTable

/** One requirement on the way into an environment, its options complete. Durations in milliseconds. */
export type Gate = { [K in GateKind]: { readonly kind: K } & z.output<GateTable[K]['options']> }[GateKind]

type Shape = { readonly [K in GateKind]: z.ZodOptional<GateTable[K]['options']> }
const shape = Object.fromEntries(
  Object.entries(gates).map(([kind, { options }]) => [kind, options.optional()]),
) as unknown as Shape

const gateSchema = z
  .strictObject(shape)
  .check((context) => {
    const kinds = Object.keys(context.value)
    // An unknown key has been reported already and is not among these.
    if (kinds.length === 1 || context.issues.length > 0) return
    const message = `found ${kinds.length === 0 ? 'no gate' : kinds.join(' and ')}, expected one gate per list entry`
    context.issues.push({ code: 'custom', message, input: context.value })
  })
  .transform((entry) => {
    const [found] = Object.entries(entry)
    return { kind: found?.[0], ...found?.[1] } as Gate
  })
  .meta({ minProperties: 1, maxProperties: 1 })

/** The `gates` list of an environment: each entry names one gate and its options. Parsed asynchronously. */
export const gatesSchema = z.array(gateSchema).max(50)

export { exceptionsSchema } from './exceptions.ts'
export type { Exceptions } from './exception-rules.ts'
export { duration, environmentName, sourceAddress } from './options.ts'
