import type { CiSettings, RegistryLogin } from '../config/index.ts'

// What is run, when and with which rights, before it is written down in the words of one CI system. Each renderer
// writes all of it: the four sets differ in form only.

export type CiSystem = 'azure' | 'github' | 'gitlab' | 'jenkins'

export type FlowName = 'pull-request' | 'build' | 'promote' | 'rollback' | 'rescan' | 'clean-up'

/** One pipeline: a file on systems that have a file for each. */
export interface Flow {
  readonly name: FlowName
  /** Names the file and the run: `pull-request`, `build`, `promote-staging`, `rollback`… */
  readonly id: string
  /** One sentence: what it is for. */
  readonly about: string
  readonly triggers: readonly Trigger[]
  /** What a person who starts it is asked. */
  readonly inputs: readonly Input[]
  readonly jobs: readonly Job[]
  /** A newer run for the same branch or pull request makes an older one pointless. */
  readonly cancelOlder?: boolean
}

export type Trigger =
  | { readonly on: 'push'; readonly branches: readonly string[] }
  | { readonly on: 'tag'; readonly tags: readonly string[] }
  | { readonly on: 'pull-request'; readonly into: readonly string[] | 'all' }
  | { readonly on: 'pull-request-closed' }
  | { readonly on: 'schedule'; readonly cron: string }
  /** The end of another flow, of this id. */
  | { readonly on: 'flow'; readonly flow: string }
  | { readonly on: 'person' }

export interface Input {
  /** A lower-case word: `image`, `version`, `environment`, `reason`. */
  readonly name: string
  readonly about: string
  readonly required: boolean
  readonly choices?: readonly string[]
}

export interface Job {
  /** Lower-case words and dashes; never a keyword of a CI system. */
  readonly id: string
  readonly title: string
  /** Ids of jobs that must have ended well. */
  readonly after: readonly string[]
  /** Ids of jobs of other flows that put into the environments before what this one takes on. */
  readonly follows?: readonly string[]
  /** Only when this input has this value; an empty input, where nobody was asked, stands for every value. */
  readonly onlyWhen?: { readonly input: string; readonly is: string }
  /** Environment of the CI system that the job belongs to: approvals and secrets hang there. */
  readonly environment?: string
  /** Least privilege: the registries this job talks to, and what it may do there. */
  readonly registries: readonly RegistryAccess[]
  /** Variables that the job gets from secrets: signing keys, tokens. No other job sees them. */
  readonly secrets: readonly string[]
  /** Never side by side with another job of this name. `{application}` in it is the input. */
  readonly exclusive?: string
  /** Commits that are needed: 'all' where history is scanned. */
  readonly history: 'all' | 'one'
  /** It may ask the CI system for an identity token: verified provenance, logins without secrets. */
  readonly identity: boolean
  /** https hosts of git repositories that it pushes to (delivery). */
  readonly gitHosts: readonly string[]
  /** It writes the pull request's comment, and runs nothing of the pull request. */
  readonly comments: boolean
  /** It builds an image with this builder, for these platforms. */
  readonly builds?: { readonly builder: string; readonly platforms: readonly string[] }
  readonly steps: readonly Step[]
  /** Minutes. */
  readonly timeout: number
}

export interface RegistryAccess {
  /** `host[:port]`. */
  readonly host: string
  readonly may: 'pull' | 'push' | 'delete'
  readonly login: RegistryLogin | undefined
}

/**
 * A word of a command line. `{temp}/…` is in a folder outside the checkout, where it makes no tree dirty and comes into
 * no image. `{name}` is an input of the flow, `{job.name}` an output of an earlier job; both are put in
 * by way of a variable, never as text into a script. `words` are left out when the input is empty.
 */
export type Word =
  | string
  | { readonly given: string; readonly words: readonly string[]; readonly otherwise?: readonly string[] }

export type Step =
  | {
      readonly do: 'waybill'
      readonly title: string
      readonly words: readonly Word[]
      /** Why it is here; a comment in the file. */
      readonly why?: string
      /** File that its answer goes to. */
      readonly into?: string
      /** Pull requests from a fork get no secrets: they are built without a push, the others with one. */
      readonly when?: 'fork' | 'own'
    }
  /** Files that this job leaves for later jobs or for people; kept also when a step before failed. */
  | {
      readonly do: 'keep'
      readonly name: string
      /** `{temp}/…`. */
      readonly folder: string
      readonly days: number
      readonly for: 'jobs' | 'people'
    }
  /** Files of an earlier job of the same run. */
  | { readonly do: 'take'; readonly name: string; readonly folder: string }
  /** Shown in the CI system's own pages. */
  | { readonly do: 'publish'; readonly what: 'tests' | 'coverage' | 'sarif'; readonly files: string }
  /** The Markdown in this file becomes the pull request's one comment. */
  | { readonly do: 'comment'; readonly file: string; readonly marker: string }

export interface CiFile {
  /** Relative to the repository, with slashes. */
  readonly path: string
  readonly text: string
  /** Where somebody else's file stands there already, it stays; one that was changed by hand is somebody else's. */
  readonly yields?: true
}

/** One CI system's way of writing flows down. */
export interface Renderer {
  readonly system: CiSystem
  /** All files of the set. */
  readonly files: (flows: readonly Flow[], settings: CiSettings) => readonly CiFile[]
  /** What must be set up by hand: environments, approvals, service connections. Markdown, written to docs beside. */
  readonly setUp: (flows: readonly Flow[], settings: CiSettings) => string
}
