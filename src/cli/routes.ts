import type { CommandDefinition } from './command.ts'

export interface Route {
  readonly brief: string
  readonly load: () => Promise<{ readonly default: CommandDefinition }>
}

export interface RouteGroup {
  readonly brief: string
  readonly routes: Readonly<Record<string, Route>>
}

/** Every command, by name. A command's file is loaded only when it is the one asked for. */
export const routes: Readonly<Record<string, Route | RouteGroup>> = {
  demo: { brief: 'See the whole road on this machine', load: () => import('./commands/demo.ts') },
  init: { brief: 'Begin a project: waybill.yaml, trust, keys', load: () => import('./commands/init.ts') },
  doctor: { brief: 'Find out what is missing, and the fix', load: () => import('./commands/doctor.ts') },
  completion: { brief: 'Print a shell completion script', load: () => import('./commands/completion.ts') },
  check: { brief: 'Look at the source before a build', load: () => import('./commands/check.ts') },
  test: { brief: 'Run the tests, or read their reports', load: () => import('./commands/test.ts') },
  build: { brief: 'Build the image, once', load: () => import('./commands/build.ts') },
  scan: { brief: 'Find out about an image', load: () => import('./commands/scan.ts') },
  attest: { brief: 'Sign a fact about an image', load: () => import('./commands/attest.ts') },
  plan: { brief: 'Show what a promotion would do', load: () => import('./commands/plan.ts') },
  promote: { brief: 'Move one digest into an environment', load: () => import('./commands/promote.ts') },
  release: { brief: 'Promote a version to production', load: () => import('./commands/release.ts') },
  pass: { brief: 'Say that an environment has passed', load: () => import('./commands/pass.ts') },
  approve: { brief: 'Sign an approval or a rejection', load: () => import('./commands/approve.ts') },
  waive: { brief: 'Sign an exception, or show them', load: () => import('./commands/waive.ts') },
  hold: { brief: 'Stop promotions, or bar a digest', load: () => import('./commands/hold.ts') },
  'break-glass': {
    brief: 'Allow that a digest is forced in',
    load: () => import('./commands/break-glass.ts'),
  },
  rollback: { brief: 'Go back to an earlier digest', load: () => import('./commands/rollback.ts') },
  status: { brief: 'What is where, and is it in order', load: () => import('./commands/status.ts') },
  history: { brief: 'Every promotion of an environment', load: () => import('./commands/history.ts') },
  trace: { brief: 'From what runs back to its commit', load: () => import('./commands/trace.ts') },
  replay: { brief: 'Try another policy on the past', load: () => import('./commands/replay.ts') },
  verify: { brief: 'Check everything signed about an image', load: () => import('./commands/verify.ts') },
  evidence: {
    brief: 'What is signed about an image',
    routes: {
      list: {
        brief: 'List it, and what each piece is worth',
        load: () => import('./commands/evidence-list.ts'),
      },
      show: { brief: 'Open one statement', load: () => import('./commands/evidence-show.ts') },
      export: { brief: 'Write it for other tools', load: () => import('./commands/evidence-export.ts') },
    },
  },
  rescan: { brief: 'Judge anew what is live', load: () => import('./commands/rescan.ts') },
  repair: { brief: 'Find and mend what is missing', load: () => import('./commands/repair.ts') },
  image: {
    brief: 'Copy, tag and look at images',
    routes: {
      copy: { brief: 'Copy an image and all its referrers', load: () => import('./commands/image-copy.ts') },
      tag: { brief: 'Give an image one more tag', load: () => import('./commands/image-tag.ts') },
      inspect: { brief: 'Show one manifest', load: () => import('./commands/image-inspect.ts') },
      tree: { brief: 'Show an image and what hangs on it', load: () => import('./commands/image-tree.ts') },
    },
  },
  ci: {
    brief: 'Pipelines of a CI system',
    routes: {
      init: { brief: 'Write pipelines for a CI system', load: () => import('./commands/ci-init.ts') },
      check: { brief: 'Are the pipelines up to date?', load: () => import('./commands/ci-check.ts') },
      clean: { brief: 'Delete builds of pull requests', load: () => import('./commands/ci-clean.ts') },
    },
  },
  registry: {
    brief: 'The embedded registry',
    routes: {
      serve: {
        brief: 'Serve an OCI registry from a folder',
        load: () => import('./commands/registry-serve.ts'),
      },
    },
  },
  key: {
    brief: 'Signing keys',
    routes: {
      generate: { brief: 'Make a new signing key', load: () => import('./commands/key-generate.ts') },
      public: {
        brief: 'Print the public key of a signing key',
        load: () => import('./commands/key-public.ts'),
      },
    },
  },
}

/** The order and headings of `waybill --help`. */
export const sections: readonly { readonly title: string; readonly names: readonly string[] }[] = [
  { title: 'Start', names: ['demo', 'init', 'doctor', 'completion'] },
  { title: 'Before the first environment', names: ['check', 'test', 'build', 'scan', 'attest'] },
  {
    title: 'The way',
    names: ['plan', 'promote', 'release', 'pass', 'approve', 'waive', 'hold', 'break-glass', 'rollback'],
  },
  { title: 'Questions', names: ['status', 'history', 'trace', 'verify', 'evidence', 'replay'] },
  { title: 'Keeping', names: ['rescan', 'repair'] },
  { title: 'Plumbing', names: ['image', 'registry', 'ci', 'key'] },
]

export function isGroup(route: Route | RouteGroup): route is RouteGroup {
  return 'routes' in route
}

/** The route the words name: `['image', 'copy', …]` → its path and target; undefined when there is none. */
export function findRoute(words: readonly string[]) {
  const [first = '', second = ''] = words
  const top = Object.hasOwn(routes, first) ? routes[first] : undefined
  if (!top || !isGroup(top)) return top && { path: [first], target: top }
  const inner = Object.hasOwn(top.routes, second) ? top.routes[second] : undefined
  return inner ? { path: [first, second], target: inner } : { path: [first], target: top }
}
