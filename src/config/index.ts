export type {
  Application,
  Config,
  Environment,
  Place,
  RegistryConfig,
  SignConfig,
  SignKey,
  SigningConfig,
  KeylessConfig,
  Upstream,
} from './config.ts'
export { ciDefaults } from './ci-schema.ts'
export type { CiSettings, RegistryLogin } from './ci-schema.ts'
export { configErrors } from './errors.ts'
export { loadConfig, loadTrust } from './load.ts'
export { placeOf, upstreamOf } from './places.ts'
export { configSchema } from './schema.ts'
export { loadTrain } from './train/load.ts'
export type { Train } from './train/load.ts'
export { trainSchema } from './train/schema.ts'
