export { setupErrors } from './errors.ts'
