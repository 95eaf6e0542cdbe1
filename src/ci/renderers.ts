import type { CiSystem, Renderer } from './flow.ts'

/** How each CI system has its pipelines written. */
export const renderers: Partial<Readonly<Record<CiSystem, Renderer>>> = {}
