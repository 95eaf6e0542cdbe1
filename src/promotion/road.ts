import type { Clock, OnStep } from '../base/index.ts'
import type { ChainPlace } from '../assessment/index.ts'
import type { DeliverOptions, DeliverTarget } from '../delivery/index.ts'
import type { Repository } from '../oci/index.ts'
import type { Exceptions, Gate, TicketFacts, TicketQuestion } from '../policy/index.ts'
import type { ImageStore } from '../registry/index.ts'
import type { KeySigner, Signer, TrustPolicy } from '../signing/index.ts'
import type { ProveCommand, TagTemplate } from './schema.ts'

/** One environment of one application, with every template filled in. */
export interface Stop {
  readonly application: string
  readonly environment: string
  readonly source: string | undefined
  readonly repository: Repository
  readonly accepts: 'build' | 'environment'
  /** Where CI pushes builds of the application. */
  readonly builds: Repository
  /** Upstream environments, in the order of `after`. */
  readonly upstream: readonly string[]
  /** Must a digest have been in all of them, or in any one? */
  readonly upstreamMode: 'all' | 'any'
  readonly tags: readonly TagTemplate[]
  readonly gates: readonly Gate[]
  /** Who may let something through that the gates do not. */
  readonly exceptions: Exceptions | undefined
  readonly deliver: readonly DeliverTarget[]
  readonly prove: readonly ProveCommand[]
}

/** Classes of fact Waybill signs; each has a key of its own (DESIGN §4). */
export type FactClass = 'build' | 'signature' | 'tests' | 'promotion' | 'pass' | (string & {})

/** The live parts the road is driven with. Built by `wiring`, passed in everywhere; nothing here is global. */
export interface Parts {
  readonly trust: TrustPolicy
  readonly clock: Clock
  readonly onStep: OnStep
  readonly signal: AbortSignal
  /** `waybill` and its version, as records name the promoter. */
  readonly promoter: { readonly id: string; readonly version: string }
  /** Environment of prove commands: the caller's, without signing keys. */
  readonly env: NodeJS.ProcessEnv
  /** Directory of waybill.yaml: prove commands run there, relative git paths start there. */
  readonly directory: string
  /** What signed facts are written as. */
  readonly profile: 'bundle' | 'bundle+legacy'
  readonly delivery: Omit<DeliverOptions, 'now' | 'signal'>
  stop(application: string, environment: string): Stop
  environments(): readonly string[]
  store(repository: Repository): ImageStore
  /** A reference, `layout:DIR[@digest|:tag]`, or a tag or digest in `home` → the store and the name in it. */
  openImage(text: string, home: Repository): Promise<{ readonly store: ImageStore; readonly name: string }>
  signer(fact: FactClass): Promise<Signer>
  /** A key given on the command line. */
  readKey(reference: string): Promise<KeySigner>
  /** Such a key as the signer of a class of fact: with timestamps, where the configuration asks for them. */
  asSigner(key: KeySigner, fact: FactClass): Promise<Signer>
  readFile(path: string): Promise<Buffer>
  /** What a change-management system says about a ticket. */
  askTicket(question: TicketQuestion, ticket: string): Promise<TicketFacts>
  /** HTTP requests made so far, all registries together. */
  requests(): number
}

/** The record chain of a stop. */
export function chainPlace(stop: Stop, parts: Parts): ChainPlace {
  return {
    store: parts.store(stop.repository),
    application: stop.application,
    environment: stop.environment,
    trust: parts.trust,
    now: parts.clock.now(),
  }
}

/** How git is reached and dated now. */
export function deliverOptions({ delivery, clock, signal }: Parts): DeliverOptions {
  return { ...delivery, now: clock.now(), signal }
}
