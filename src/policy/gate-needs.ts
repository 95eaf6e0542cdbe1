/** A question to a change-management system, as a gate's options state it. */
export interface TicketQuestion {
  /** Address with `{ticket}` in it. */
  readonly url: string
  /** `env://NAME` of the token. */
  readonly token: string | undefined
  /** How the token is sent; Basic: the variable holds `user:password`. */
  readonly scheme: 'Bearer' | 'Basic'
  /** Every ticket that approvals name is asked about, also when the command names one. */
  readonly approved: boolean
}

/** What must be read before these gates can judge, beyond the digest's own evidence. Reading costs requests. */
export interface Needs {
  /** Environments whose marks are asked about; `occupancy` costs their whole chain. */
  readonly upstream: readonly { readonly environment: string; readonly occupancy: boolean }[]
  /** Manifest and config of every platform. */
  readonly details: boolean
  /** Evidence, or details, of what is in the environment now. */
  readonly target: { readonly evidence: boolean; readonly details: boolean }
  readonly tickets: readonly TicketQuestion[]
}

/** What a gate may ask for; what it leaves out it does not need. */
export type GateNeeds = Partial<Omit<Needs, 'target'>> & { readonly target?: Partial<Needs['target']> }
