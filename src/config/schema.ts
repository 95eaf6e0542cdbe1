import * as z from 'zod'
import { predicateTypes, predicateUri } from '../attestation/index.ts'
import { deliverSchema } from '../delivery/schema.ts'
import { checksSchema, testsSchema } from '../pipeline/check/schema.ts'
import { buildSchema } from '../pipeline/schema.ts'
import { duration, environmentName, exceptionsSchema, gatesSchema, sourceAddress } from '../policy/schema.ts'
import { proveSchema, tagsSchema } from '../promotion/schema.ts'
import { toolsSchema } from '../tools/schema.ts'
import { ciSchema } from './ci-schema.ts'

const text = z.string().min(1)

/** As `applications` has them. */
export const applicationName = z
  .string()
  .max(100)
  .regex(
    /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/,
    'expected lower-case letters and digits, joined by . _ or -',
  )

const application = z
  .strictObject({
    source: sourceAddress.optional().describe('URL of the source repository; provenance must agree.'),
    build: buildSchema.optional(),
    checks: checksSchema
      .optional()
      .describe('What is looked for in its source; default: `checks` at the top.'),
    tests: testsSchema.optional().describe('Its tests; default: `tests` at the top.'),
  })
  .nullable()
  .transform((given) => given ?? {})

const names = z.array(environmentName).min(1)

const after = z
  .union([environmentName, names, z.strictObject({ all: names }), z.strictObject({ any: names })])
  .transform((given) => {
    if (typeof given === 'string') return { mode: 'all' as const, environments: [given] }
    if (Array.isArray(given)) return { mode: 'all' as const, environments: given }
    return 'any' in given
      ? { mode: 'any' as const, environments: given.any }
      : { mode: 'all' as const, environments: given.all }
  })
  .describe('Environments it takes from: a name, a list (all of them), or { any: [...] }.')

// Every key optional: `extends` may bring it. What is still missing then is found after resolving.
const environment = z.strictObject({
  extends: environmentName.optional().describe('Environment whose keys are taken over unless given here.'),
  accepts: z.enum(['build', 'environment']).optional().describe('build: takes what CI built.'),
  after: after.optional(),
  repository: text
    .optional()
    .describe(
      'Image repository; {application} and {environment} are filled in. May be shared by environments.',
    ),
  tags: tagsSchema.optional().describe('Human tags, e.g. "{version}-rc.{n}".'),
  gates: gatesSchema.optional().describe('What a digest must meet to come in.'),
  exceptions: exceptionsSchema.optional().describe('Who may let in what the gates do not.'),
  deliver: z.array(deliverSchema).max(50).optional().describe('Where in git the digest is written.'),
  prove: proveSchema.optional().describe('What shows that the environment works with the new digest.'),
  auto: z.enum(['off', 'latest', 'queue']).optional().describe('Promote without being asked.'),
})

/** Classes of fact that have a key of their own, besides the other predicate types. */
const CLASSES: readonly string[] = ['build', 'signature', 'tests', 'promotion', 'pass']
// `build` and `tests` are the names for these two.
const TYPES = Object.keys(predicateTypes).filter((name) => name !== 'provenance' && name !== 'test-result')
const SIGNED = [...new Set([...CLASSES, ...TYPES])]

const factClass = z
  .string()
  .refine((name) => SIGNED.includes(name) || (predicateUri(name) !== undefined && name.includes(':')), {
    error: `expected ${SIGNED.join(', ')} or the URI of a predicate type`,
  })

/** Addresses are told in messages, so what they may not hold is a password. */
const address = (error: string, isFine: (url: URL) => boolean) =>
  text.refine(
    (given) => {
      const url = URL.canParse(given) ? new URL(given) : undefined
      return url !== undefined && isFine(url) && !url.username && !url.password
    },
    { error: `${error} without user information` },
  )

/** Timestamps prove themselves, and most authorities serve plain HTTP. */
const timestampAddress = address('expected an http or https address', ({ protocol }) =>
  /^https?:$/.test(protocol),
).describe('Address of a time-stamp authority (RFC 3161) that is asked about every signature.')

const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]']
// The identity token goes there.
const serviceAddress = address(
  'expected an https address',
  ({ protocol, hostname }) => protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname)),
)

const keyless = z.strictObject({
  fulcio: serviceAddress.describe('Certificate authority, e.g. https://fulcio.sigstore.dev.'),
  rekor: serviceAddress.optional().describe('Transparency log, e.g. https://rekor.sigstore.dev.'),
  tsa: timestampAddress.optional(),
  identityToken: text.describe(
    'Token for audience sigstore: github, gitlab, env://NAME, or a file relative to this one.',
  ),
})

const signKey = z
  .strictObject({
    key: text
      .optional()
      .describe(
        'Private key: env://NAME, a file relative to this one, or a key service (azurekms://, awskms://, gcpkms://, hashivault://).',
      ),
    // Not a format check: those show what they found, and this may be a secret.
    password: z
      .string()
      .refine((given) => /^env:\/\/[A-Za-z_][A-Za-z0-9_]*$/.test(given), {
        error: 'expected env://NAME; a password does not belong in this file',
      })
      .optional()
      .describe('Password of the key: env://NAME.'),
    certificate: text
      .optional()
      .describe('Certificate of the key, in PEM: a file relative to this one. For signers of kind x509.'),
    keyless: keyless
      .optional()
      .describe('Sign with a short-lived certificate for an identity, not with a key.'),
    timestamp: timestampAddress.optional(),
  })
  .refine((given) => (given.key === undefined) !== (given.keyless === undefined), {
    error: 'expected exactly one of "key" and "keyless"',
  })
  .refine((given) => !given.keyless || (given.password === undefined && given.certificate === undefined), {
    error: 'expected no "password" and no "certificate" beside "keyless"',
  })

const sign = z.record(factClass, signKey).superRefine((given, context) => {
  for (const [name, { key }] of Object.entries(given)) {
    if (name === 'signature' || key === undefined || key !== given.signature?.key) continue
    const message = `"${name}" uses the key of "signature", expected another one: the key handed out for plain cosign verify signs nothing else`
    context.addIssue({ code: 'custom', path: [name, 'key'], message })
  }
})

const signing = z.strictObject({
  profile: z
    .enum(['bundle', 'bundle+legacy'])
    .default('bundle')
    .describe("What signed facts are written as: bundles, or bundles and cosign's older tags as well."),
})

const tokenPlace = text
  .transform((given) => {
    const variable = /^env:\/\/([A-Za-z_][A-Za-z0-9_]*)$/.exec(given)?.[1]
    return variable === undefined ? { file: given } : { variable }
  })
  .describe(
    'Where the job has its token: env://NAME, or a file relative to this one. Default: WAYBILL_ID_TOKEN, or the file that WAYBILL_ID_TOKEN_FILE names.',
  )

const identity = z.union([
  z.literal('off'),
  z.strictObject({
    require: z.boolean().default(false).describe('Refuse builds without a verified identity.'),
    issuer: serviceAddress
      .refine((given) => !given.endsWith('/'), { error: 'expected no slash at the end' })
      .optional()
      .describe("Who signs the job's tokens. Default: known by the CI system and the address of its server."),
    audience: text
      .optional()
      .describe('What the token must be for. Default: waybill; Azure Pipelines has its own.'),
    token: tokenPlace.optional(),
    serviceConnection: text
      .optional()
      .describe(
        "Azure Pipelines: id of a service connection whose token is asked for, not the pipeline's own.",
      ),
  }),
])

const host = z
  .string()
  .regex(/^[a-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-f:]+\](:\d{1,5})?$/, 'expected host or host:port')

const DAY = 86_400_000
// A timer takes no more than some weeks.
const wait = duration
  .refine((given) => given >= 1000 && given <= DAY, { error: 'expected 1s to 24h' })
  .prefault('10m')
  .describe('How long the registry may take before Waybill copies itself, e.g. 10m.')

const acr = z.strictObject({
  resourceId: text
    .regex(
      /^\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/[\w.()-]{1,90}\/providers\/Microsoft\.ContainerRegistry\/registries\/[a-z0-9]{5,50}$/i,
      'expected /subscriptions/…/resourceGroups/…/providers/Microsoft.ContainerRegistry/registries/NAME',
    )
    .describe('Resource id of this registry (az acr show --query id).'),
  management: serviceAddress
    .refine((given) => !URL.canParse(given) || new URL(given).origin === given, {
      error: 'expected an address without a path, such as https://management.azure.com',
    })
    .default('https://management.azure.com')
    .describe('Azure Resource Manager of another Azure cloud.'),
  wait,
})

const serverSideCopy = z
  .strictObject({
    acr: acr.optional().describe('Azure Container Registry: importImage.'),
    harbor: z.strictObject({ wait }).optional().describe('Harbor: copy of artifacts within one Harbor.'),
  })
  .refine((given) => (given.acr === undefined) !== (given.harbor === undefined), {
    error: 'expected exactly one of "acr" and "harbor"',
  })

const registry = z.strictObject({
  plainHttp: z.boolean().default(false).describe('Talk HTTP without TLS. Loopback hosts need no setting.'),
  serverSideCopy: serverSideCopy
    .optional()
    .describe('Let this registry pull images by itself first. What comes of it is verified and completed.'),
})

/** `NAME.azurecr.io`, or `NAME-HASH.azurecr.io` of a registry with a label of its own. */
const AZURE_HOST = /^([a-z0-9]+)(?:-[a-z0-9]+)?\.azurecr\.(?:io|cn|us)$/

const registries = z.record(host, registry).superRefine((given, context) => {
  for (const [name, { serverSideCopy: copy }] of Object.entries(given)) {
    const own = AZURE_HOST.exec(name)?.[1]
    const named = copy?.acr?.resourceId.split('/').at(-1)?.toLowerCase()
    if (own === undefined || named === undefined || own === named) continue
    const message = `expected the resource id of ${own}, found that of ${named}: images would go into another registry`
    context.addIssue({ code: 'custom', path: [name, 'serverSideCopy', 'acr', 'resourceId'], message })
  }
})

const notEmpty = (noun: string) => ({
  error: `expected at least one ${noun}`,
})

/** `waybill.yaml` as written. Environments are not resolved yet. */
export const configSchema = z.strictObject({
  version: z.literal(1),
  applications: z
    .record(applicationName, application)
    .refine((given) => Object.keys(given).length > 0, notEmpty('application')),
  environments: z
    .record(environmentName, environment)
    .refine((given) => Object.keys(given).length > 0, notEmpty('environment')),
  trust: text.describe('Trust policy file, relative to this one.'),
  sign: sign.default({}).describe('Signing keys, one per class of fact.'),
  timestamp: timestampAddress.optional(),
  signing: signing.default({ profile: 'bundle' }).describe('How signed facts are written.'),
  identity: identity
    .optional()
    .describe(
      "How a build finds the identity of its CI job. off: it does not look; all facts are the job's claims.",
    ),
  checks: checksSchema
    .default([])
    .describe('What `waybill check` looks for in the source, before any build.'),
  tests: testsSchema.optional().describe('What `waybill test` runs or reads.'),
  tools: toolsSchema.default({}).describe('Where outside tools come from, by name.'),
  ci: ciSchema.optional().describe('What generated pipelines need to know (`waybill ci init`).'),
  registries: registries.default({}).describe('Settings by registry host.'),
})

export type ConfigFile = z.output<typeof configSchema>
export type EnvironmentBlock = ConfigFile['environments'][string]
