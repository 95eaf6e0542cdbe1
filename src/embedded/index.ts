export { embeddedErrors } from './errors.ts'
export type {
  AnsweredRequest,
  Fault,
  IncomingRequest,
  RegistryAuth,
  RegistryOptions,
  RunningRegistry,
} from './options.ts'
export { serveRegistry } from './server.ts'
