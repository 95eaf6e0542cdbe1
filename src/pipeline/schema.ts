import * as z from 'zod'
import { attestationsSchema, buildArgsSchema, cacheSchema, secretsSchema } from './builder-schema.ts'
import { imageCheckKeys } from './image-checks/schema.ts'

const platform = z
  .string()
  .regex(/^[a-z0-9]+\/[a-z0-9_]+(\/[a-z0-9]+)?$/, 'expected os/architecture[/variant], such as linux/amd64')
const words = z.array(z.string())
const text = z.string().min(1)

const shape = z.strictObject({
  builder: z
    .enum(['native', 'buildx', 'buildah', 'kaniko', 'ko', 'jib', 'layout'])
    .default('native')
    .describe(
      'Who makes the image: Waybill itself, docker buildx, buildah, kaniko, ko, jib, or nobody because it is there already.',
    ),
  context: text.default('.').describe('Folder to build from, relative to waybill.yaml.'),
  platforms: z
    .array(platform)
    .min(1)
    .refine((list) => new Set(list).size === list.length, 'expected each platform once')
    .default(['linux/amd64']),
  dockerfile: text.optional().describe('Path relative to `context`; default Dockerfile.'),
  target: text
    .optional()
    .describe(
      'native: where the folder goes in the image, default /app. With a Dockerfile: the stage to build.',
    ),
  buildArgs: buildArgsSchema.optional().describe('Values of ARG in the Dockerfile.'),
  secrets: secretsSchema.optional().describe('buildx, buildah: id → { env } or { file }.'),
  cache: cacheSchema.optional().describe('Where layers are kept between builds.'),
  fresh: words.optional().describe('Branches and tags that are built without any cache; default release/*.'),
  attestations: attestationsSchema
    .optional()
    .describe("buildx: keep BuildKit's own attestations in the index. They are unsigned."),
  instance: text.optional().describe('buildx: the builder instance to use.'),
  main: text.optional().describe('ko: the package to build, such as ./cmd/ordersvc; default the context.'),
  tool: z.enum(['maven', 'gradle']).optional().describe('jib: what runs it; default maven.'),
  program: text.optional().describe('The program to start in place of buildah, executor, ko, mvn or gradle.'),
  arguments: words.optional().describe("More arguments for the builder's program, as they are."),
  layout: text.optional().describe('layout: folder of the OCI layout, or FOLDER:tag or FOLDER@digest.'),
  base: text.optional().describe('native: image to build upon, or layout:FOLDER; without it, scratch.'),
  include: words.optional().describe('native: patterns that come in whatever else leaves them out.'),
  exclude: words.optional().describe('native: patterns, as in .dockerignore, that stay out.'),
  entrypoint: words.optional(),
  command: words.optional(),
  workingDirectory: z.string().startsWith('/').optional().describe('native: default the same as `target`.'),
  environment: z.record(z.string().regex(/^[^=\0]+$/), z.string()).optional(),
  user: text.optional(),
  labels: z.record(text, z.string()).optional(),
  annotations: z
    .record(text, z.string())
    .optional()
    .describe('More annotations of the index; they win over those Waybill finds.'),
  repository: text
    .optional()
    .describe('Where builds are pushed; default: the environment that accepts builds.'),
  tags: words
    .default([])
    .describe('More tags, from {commit}, {sha}, {short}, {build}, {pr}, {version} and {branch}.'),
  commitTag: z
    .enum(['refuse', 'unique'])
    .default('refuse')
    .describe('A commit that is built into other bytes: refuse, or git-{commit}-{build} for every CI run.'),
  allowBakedIn: z
    .record(text, text)
    .optional()
    .describe('Configuration that may be in the image: name of the variable, label or file → why.'),
  ...imageCheckKeys,
})

type Build = z.infer<typeof shape>
type Key = keyof Build
type Builder = Build['builder']

const DOCKERFILE: readonly Builder[] = ['buildx', 'buildah', 'kaniko']

const ONLY: Readonly<Partial<Record<Key, readonly Builder[]>>> = {
  dockerfile: DOCKERFILE,
  target: ['native', ...DOCKERFILE],
  buildArgs: DOCKERFILE,
  secrets: ['buildx', 'buildah'],
  cache: DOCKERFILE,
  fresh: DOCKERFILE,
  attestations: ['buildx'],
  instance: ['buildx'],
  main: ['ko'],
  tool: ['jib'],
  program: ['buildah', 'kaniko', 'ko', 'jib'],
  arguments: ['buildx', 'buildah', 'kaniko', 'ko', 'jib'],
  layout: ['layout'],
  base: ['native'],
  include: ['native'],
  exclude: ['native'],
  entrypoint: ['native'],
  command: ['native'],
  workingDirectory: ['native'],
  environment: ['native'],
  user: ['native'],
  labels: ['native'],
  annotations: ['native', 'buildx', 'buildah', 'kaniko', 'ko', 'jib'],
}

/** The `build` block of an application. A key that its builder would ignore is an error, not a surprise. */
export const buildSchema = shape.superRefine((build, context) => {
  const flaw = (key: Key, message: string) => context.addIssue({ code: 'custom', path: [key], message })
  for (const [key, builders] of Object.entries(ONLY)) {
    if (build[key as Key] === undefined || builders.includes(build.builder)) continue
    flaw(key as Key, `"${key}" is for the builder ${builders.join(' or ')}, found builder: ${build.builder}`)
  }
  if (build.builder === 'layout' && build.layout === undefined)
    flaw('layout', 'builder: layout needs "layout", the folder')
  if (build.builder === 'native' && build.target?.startsWith('/') === false)
    flaw('target', 'builder: native takes a folder of the image, such as /app')
  if (build.builder === 'kaniko' && build.platforms.length > 1)
    flaw('platforms', 'builder: kaniko makes one platform, expected only one')
  if (build.cache && build.builder !== 'buildx' && build.cache.type !== 'registry')
    flaw('cache', `builder: ${build.builder} keeps its cache in a registry, expected type: registry`)
})

export type BuildConfig = z.infer<typeof buildSchema>
