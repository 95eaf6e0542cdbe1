export type { CiFile, CiSystem, Flow, Job, Renderer, Step, Trigger } from './flow.ts'
export { flowsOf } from './flows.ts'
export { header, readHeader } from './header.ts'
export { renderers } from './renderers.ts'
