import type { Answer } from './answer.ts'
import type { Call } from './parts.ts'
import type { Route } from './router.ts'

/** Carries out one admitted request. Refusals come back as answers, never as errors. */
export type Handler = (call: Call, route: Route) => Promise<Answer>

/** A layer around a handler: it may change the request, the answer, or answer itself. @throws Refusal, Cut */
export type Around = (call: Call, route: Route, next: Handler) => Promise<Answer>

/** The layers around `core`; the first is the outermost. */
export function wrapped(layers: readonly Around[], core: Handler): Handler {
  return layers.reduceRight<Handler>((next, layer) => (call, route) => layer(call, route, next), core)
}
