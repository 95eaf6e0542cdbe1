export { runDemo } from './demo.ts'
export type { DemoOptions } from './demo.ts'
export { demoErrors } from './errors.ts'
export type { DemoAnswer, OnStory } from './story.ts'
