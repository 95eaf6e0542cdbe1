import { createRequire } from 'node:module'
import type { AsyncResourceOptions, HookCallbacks } from 'node:async_hooks'

// For `npm test`: node:test follows every promise and socket, to say which test a stray error came from, and that takes
// a fifth of the time. Here it is told of tests and suites alone, so they nest as they are written; a stray error still
// fails its file.
const hooks = createRequire(import.meta.url)('node:async_hooks') as {
  createHook: (callbacks: HookCallbacks) => unknown
  AsyncResource: typeof import('node:async_hooks').AsyncResource
}
const begun: NonNullable<HookCallbacks['init']>[] = []
hooks.createHook = ({ init }) => {
  const idle = { enable: () => idle, disable: () => idle }
  if (init) begun.push(init)
  return idle
}
hooks.AsyncResource = class extends hooks.AsyncResource {
  constructor(type: string, options?: number | AsyncResourceOptions) {
    super(type, options)
    for (const init of begun) init(this.asyncId(), type, this.triggerAsyncId(), this)
  }
}
