import { z } from 'zod'
import { fail } from '../base/index.ts'
import { deliveryErrors } from './errors.ts'

const repository = z
  .string()
  .min(1)
  .regex(/^[^-\s][^\r\n]*$/, 'must be an address or a path, not an option')
  .describe('Address of the git repository, or a path relative to the configuration file.')
// git-check-ref-format, the part that matters for a branch name.
const branch = z
  .string()
  .regex(
    /^(?![-./])(?!.*(?:\.\.|\/\/|\/\.|@\{|\.lock(?:\/|$)))[^\s~^:?*[\\\p{Cc}]+(?<![./])$/u,
    'is not a branch name',
  )
  .default('main')
const filePath = z.string().min(1)
const dotted = z
  .string()
  .min(1)
  .describe(
    'Keys from the top of the file, joined by dots; a number is a list index; `\\.` is a dot in a key.',
  )

const kustomize = z.strictObject({
  repository,
  branch,
  path: filePath.describe('Directory of the kustomization, or the file itself.'),
  image: z
    .string()
    .min(1)
    .optional()
    .describe('`name` of the `images` entry to edit. Default: the application.'),
})

const helm = z.strictObject({
  repository,
  branch,
  file: filePath.describe('Values file, or a file with values inside, such as a HelmRelease.'),
  digest: dotted.default('image.digest'),
  repositoryKey: dotted
    .optional()
    .describe('Where the repository stands. Default: `repository` next to the digest.'),
  tagKey: dotted.optional().describe('Where the human tag stands. Default: no tag is written.'),
})

const manifests = z.strictObject({
  repository,
  branch,
  path: filePath.describe(
    'A YAML file, or a directory whose *.yaml and *.yml files are read (not its subdirectories).',
  ),
  image: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Repository whose references are replaced. Default: the destination repository, or any whose last part is the application.',
    ),
  container: z.string().min(1).optional().describe('Only containers of this name.'),
})

/** One entry of `deliver:` in an environment: where in which git repository the digest is written. */
export const deliverSchema = z.union([
  z.strictObject({ kustomize }),
  z.strictObject({ helm }),
  z.strictObject({ manifests }),
])

/** A deliver block after `expandTarget`. */
export type DeliverTarget = z.infer<typeof deliverSchema>
export type KustomizeTarget = z.infer<typeof kustomize>
export type HelmTarget = z.infer<typeof helm>
export type ManifestsTarget = z.infer<typeof manifests>

/**
 * Fills `{application}` and `{environment}` in every text of a deliver block.
 * @throws PLACEHOLDER_UNKNOWN
 */
export function expandTarget(target: DeliverTarget, values: Readonly<Record<string, string>>): DeliverTarget {
  if ('kustomize' in target) return { kustomize: expandTexts(target.kustomize, values) }
  if ('helm' in target) return { helm: expandTexts(target.helm, values) }
  return { manifests: expandTexts(target.manifests, values) }
}

function expandTexts<T extends Readonly<Record<string, string | undefined>>>(
  texts: T,
  values: Readonly<Record<string, string>>,
): T {
  const entries = Object.entries(texts).map(([key, text]) => [
    key,
    text === undefined ? text : expandText(text, values),
  ])
  return Object.fromEntries(entries) as T
}

function expandText(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{([a-zA-Z]+)\}/g, (placeholder, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value !== undefined) return value
    throw fail(deliveryErrors.PLACEHOLDER_UNKNOWN, {
      message: `Found ${placeholder} in "${text}", expected one of ${Object.keys(values)
        .map((key) => `{${key}}`)
        .join(', ')}.`,
      where: text,
    })
  })
}
