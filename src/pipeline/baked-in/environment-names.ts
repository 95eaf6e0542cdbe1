/** Prefixes of variables that bundlers write into a front end when it is built. */
const BUNDLED = /^(?:NEXT_PUBLIC|NUXT_PUBLIC|VITE|REACT_APP|VUE_APP|GATSBY|EXPO_PUBLIC|NG_APP)_/

/** Variables that say which environment this is. */
const WHICH =
  /^(?:(?:APP_|DEPLOY_|DEPLOYMENT_|TARGET_|RUNTIME_)?(?:ENV|ENVIRONMENT|STAGE)|(?:ASPNETCORE|DOTNET)_ENVIRONMENT|SPRING_PROFILES_ACTIVE|QUARKUS_PROFILE|MICRONAUT_ENVIRONMENTS|DJANGO_SETTINGS_MODULE)$/

/** Of these, one value is the same in every environment: it says how a program is run, not where. */
const MODE = /^(?:NODE|RAILS|RACK|FLASK|MIX|BABEL)_ENV$/

const ADDRESS = /_(?:URL|URI|HOST|HOSTNAME|ENDPOINT|ADDR|ADDRESS|DSN|ORIGIN|DOMAIN|BASE)$/
const STAGES =
  /^(?:dev|devel|develop|development|local|localhost|qa|sit|uat|test|testing|stage|staging|stg|preprod|nonprod)\d*$/

/** Why a variable or label belongs to one environment and not into an image; undefined when it may be in it. */
export function reasonFor(name: string, value: string): string | undefined {
  if (isBuildTimeName(name))
    return 'is read when the image is built, so every environment gets the same value'
  if (MODE.test(name) && value !== 'production') return 'is set to something else than production'
  if (WHICH.test(name)) return 'says which environment this is'
  if (ADDRESS.test(name) && namesStage(value)) return 'is an address in one environment'
  return undefined
}

function isBuildTimeName(name: string): boolean {
  return BUNDLED.test(name)
}

/** Names of `ARG` that make an image of one environment. */
export function isEnvironmentArgument(name: string): boolean {
  return BUNDLED.test(name) || WHICH.test(name) || MODE.test(name)
}

/** Labels are written in dots and small letters. */
export function isEnvironmentLabel(key: string): boolean {
  return /(?:^|[._-])(?:env|environment|stage)$/i.test(key)
}

/** True for a host such as api.dev.example.com or db-staging, with or without a scheme, port and path. */
export function namesStage(value: string): boolean {
  const host = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:[^@/]*@)?([^/:?#\s]+)/i.exec(value)?.[1] ?? ''
  return host
    .toLowerCase()
    .split(/[.-]/)
    .some((word) => STAGES.test(word))
}

/** Names of files that hold settings of one environment. Examples and templates are none. */
export function isEnvironmentFile(path: string): boolean {
  const name = path.split('/').at(-1) ?? ''
  return /^\.env(?:\.|$)/.test(name) && !/\.(?:example|sample|template|dist|schema|defaults?)$/.test(name)
}
