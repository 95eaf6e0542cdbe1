import * as z from 'zod'
import { imageCheckKeys } from './image-checks/schema.ts'

const platform = z
  .string()
  .regex(/^[a-z0-9]+\/[a-z0-9_]+(\/[a-z0-9]+)?$/, 'expected os/architecture[/variant], such as linux/amd64')
const words = z.array(z.string())

const shape = z.strictObject({
  builder: z
    .enum(['native', 'buildx', 'buildah', 'layout'])
    .default('native')
    .describe(
      'Who makes the image: Waybill itself, docker buildx, buildah, or nobody because it is there already.',
    ),
  context: z.string().min(1).default('.').describe('Folder to build from, relative to waybill.yaml.'),
  platforms: z
    .array(platform)
    .min(1)
    .refine((list) => new Set(list).size === list.length, 'expected each platform once')
    .default(['linux/amd64']),
  dockerfile: z
    .string()
    .min(1)
    .optional()
    .describe('buildx, buildah: path relative to `context`; default Dockerfile.'),
  layout: z
    .string()
    .min(1)
    .optional()
    .describe('layout: folder of the OCI layout, or FOLDER:tag or FOLDER@digest.'),
  base: z
    .string()
    .min(1)
    .optional()
    .describe('native: image to build upon, or layout:FOLDER; without it, scratch.'),
  target: z
    .string()
    .startsWith('/')
    .optional()
    .describe('native: where the folder goes in the image; default /app.'),
  include: words.optional().describe('native: patterns that come in whatever else leaves them out.'),
  exclude: words.optional().describe('native: patterns, as in .dockerignore, that stay out.'),
  entrypoint: words.optional(),
  command: words.optional(),
  workingDirectory: z.string().startsWith('/').optional().describe('native: default the same as `target`.'),
  environment: z.record(z.string().regex(/^[^=\0]+$/), z.string()).optional(),
  user: z.string().min(1).optional(),
  labels: z.record(z.string().min(1), z.string()).optional(),
  repository: z
    .string()
    .min(1)
    .optional()
    .describe('Where builds are pushed; default: the environment that accepts builds.'),
  tags: words.default([]).describe('More tags, from {commit}, {pr}, {version} and {branch}.'),
  ...imageCheckKeys,
})

type Key = keyof z.infer<typeof shape>
type Builder = z.infer<typeof shape>['builder']

const ONLY: Readonly<Partial<Record<Key, readonly Builder[]>>> = {
  dockerfile: ['buildx', 'buildah'],
  layout: ['layout'],
  base: ['native'],
  target: ['native'],
  include: ['native'],
  exclude: ['native'],
  entrypoint: ['native'],
  command: ['native'],
  workingDirectory: ['native'],
  environment: ['native'],
  user: ['native'],
  labels: ['native'],
}

/** The `build` block of an application. A key that its builder would ignore is an error, not a surprise. */
export const buildSchema = shape.superRefine((build, context) => {
  for (const [key, builders] of Object.entries(ONLY)) {
    if (build[key as Key] === undefined || builders.includes(build.builder)) continue
    const message = `"${key}" is for the builder ${builders.join(' or ')}, found builder: ${build.builder}`
    context.addIssue({ code: 'custom', path: [key], message })
  }
  if (build.builder === 'layout' && build.layout === undefined)
    context.addIssue({
      code: 'custom',
      path: ['layout'],
      message: 'builder: layout needs "layout", the folder',
    })
})

export type BuildConfig = z.infer<typeof buildSchema>
