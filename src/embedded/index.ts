export { embeddedErrors } from './errors.ts'
export type {
  AnsweredRequest,
  Fault,
  IncomingRequest,
  RegistryAuth,
  RegistryOptions,
  RunningRegistry,
} from './options.ts'
export type { ProfileChoice, ProfileName } from './profiles/table.ts'
export { profiles } from './profiles/table.ts'
export { serveRegistry } from './server.ts'
