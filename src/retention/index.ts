export type { CleanAnswer, CleanCommand, CleanedImage } from './clean-answer.ts'
export { cleanPreviews } from './clean-previews.ts'
export type { CleanParts } from './clean-previews.ts'
export { retentionErrors } from './errors.ts'
