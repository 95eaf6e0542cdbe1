import * as z from 'zod'

const text = z.string().min(1)
const pattern = z
  .string()
  .regex(/^[A-Za-z0-9*][A-Za-z0-9._/*-]*$/, 'expected the name of a branch or tag; * stands for any part')
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of a variable')
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits')

/** How a registry is logged in to, by its host. */
const login = z.union([
  z
    .strictObject({ user: variable, password: variable })
    .describe('Secret variables of the CI system with user and password.'),
  z
    .strictObject({
      azure: z.strictObject({
        registry: text.describe('Name of the container registry.'),
        connection: text.optional().describe('Azure DevOps: the service connection, with workload identity.'),
        client: text.optional().describe('Elsewhere: client id of the identity that trusts this CI system.'),
        tenant: text.optional(),
        subscription: text.optional(),
      }),
    })
    .describe('Azure Container Registry, by workload identity.'),
  z
    .strictObject({ aws: z.strictObject({ role: text, region: text }) })
    .describe('Amazon ECR, by a role that trusts this CI system.'),
  z
    .strictObject({ google: z.strictObject({ provider: text, serviceAccount: text }) })
    .describe('Artifact Registry, by workload identity federation.'),
  z.literal('job').describe("The job's own token: GitHub packages, the GitLab registry."),
])

/** What starts the promotion into an environment, besides a person. */
const trigger = z.strictObject({
  branches: z.array(pattern).optional().describe('A push to one of these branches.'),
  tags: z.array(pattern).optional().describe('A tag such as v*.'),
  afterUpstream: z.boolean().default(false).describe('The promotion into the environment before it.'),
})

/** The `ci` block: what the generated pipelines cannot know from the rest of waybill.yaml. */
export const ciSchema = z.strictObject({
  branches: z.array(pattern).min(1).default(['main']).describe('Branches whose pushes are built.'),
  pullRequests: z
    .array(pattern)
    .min(1)
    .optional()
    .describe('Branches whose pull requests are built. Default: all.'),
  promote: z
    .record(text, trigger)
    .default({})
    .describe('Environment → what starts its promotion. A person always may.'),
  waybill: z
    .union([
      z.literal('installed'),
      z.strictObject({ url: z.url({ protocol: /^https$/ }), sha256 }).describe('The executable.'),
      z.strictObject({ image: z.string().regex(/@sha256:[0-9a-f]{64}$/, 'expected an image by digest') }),
    ])
    .default('installed')
    .describe(
      'Where jobs get Waybill from: it is on their machines, is downloaded and checked, or is their image.',
    ),
  rescan: text.default('0 3 * * 1').describe('When what is live is judged anew: cron, in UTC.'),
  login: z.record(text, login).default({}).describe('Registry host → how jobs log in to it.'),
  secrets: z
    .record(variable, text)
    .default({})
    .describe('Variable → name of the secret in the CI system. Default: the same name.'),
  git: z
    .strictObject({
      token: variable.describe(
        'Secret variable with a token that may push to the repositories under deliver.',
      ),
    })
    .optional()
    .describe('How promotions push to git by https.'),
  azure: z
    .strictObject({
      pool: text
        .default('ubuntu-latest')
        .describe('Microsoft-hosted image; or a pool of your own, as pool:NAME.'),
      variableGroups: z.array(text).default([]),
    })
    .prefault({}),
  github: z.strictObject({ runsOn: text.default('ubuntu-24.04') }).prefault({}),
  gitlab: z.strictObject({ image: text.optional(), tags: z.array(text).default([]) }).prefault({}),
  jenkins: z.strictObject({ agent: text.default('linux') }).prefault({}),
})

export type CiSettings = z.output<typeof ciSchema>
export type RegistryLogin = CiSettings['login'][string]

/** What holds without a `ci` block. */
export const ciDefaults: CiSettings = ciSchema.parse({})
