import type { StoryEvent } from '../report/index.ts'

/** Hears the story as it happens; may take its time. */
export type OnStory = (event: StoryEvent) => void | Promise<void>

/** The one JSON document of `demo -o json`. */
export interface DemoAnswer {
  readonly kind: 'demo'
  readonly stages: readonly {
    readonly stage: string
    readonly tags: Readonly<Record<string, string>>
    readonly environments: Readonly<Record<string, string>>
  }[]
  readonly refusals: readonly { readonly stage: string; readonly gate: string; readonly reason: string }[]
  readonly rollback: { readonly from: string; readonly to: string }
  readonly tamperDetected: boolean
  /** The digest that was released as 1.4.0. */
  readonly released: string
  /** Absolute: the folder that keeps everything, and the page to look at. */
  readonly directory: string
  readonly page: string
}
