/** What one piece of long work reports while it runs. */
export type OwnStep =
  /** A named stage of the road begins or ends (DESIGN §3). `note` is one short line. */
  | {
      readonly kind: 'step'
      readonly step: string
      readonly state: 'start' | 'done' | 'skip'
      readonly note?: string
    }
  /** Bytes of one blob that have arrived at the destination so far. */
  | {
      readonly kind: 'blob'
      readonly digest: string
      readonly done: number
      readonly size: number
      readonly state: 'moving' | 'done' | 'mounted' | 'present'
    }
  | { readonly kind: 'manifest'; readonly digest: string; readonly state: 'done' | 'present' }
  | { readonly kind: 'warning'; readonly code: string; readonly message: string }
  /** What is going on at the moment, such as a tool's newest line. Takes the place of the one before; in no log. */
  | { readonly kind: 'note'; readonly note: string }

/** What one of many items tells, while all are under way together. `requests` and `total` are of all of them. */
export type ItemStep =
  | { readonly kind: 'item'; readonly item: string; readonly state: 'within'; readonly step: OwnStep }
  | {
      readonly kind: 'item'
      readonly item: string
      readonly state: 'start' | 'done' | 'failed'
      /** One short line. */
      readonly note: string
      readonly total: number
      readonly requests: number
    }

/** One callback; the CLI, a server and a dashboard all listen to it. */
export type Step = OwnStep | ItemStep

export type OnStep = (step: Step) => void

export const silent: OnStep = () => {}
