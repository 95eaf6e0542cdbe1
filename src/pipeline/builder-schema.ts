import * as z from 'zod'

const text = z.string().min(1)
// Values are joined with commas on a builder's command line.
const word = text.regex(/^[^\s,"']+$/, 'expected no spaces, commas or quotes')
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of a variable')

const cacheUse = {
  mode: z.enum(['min', 'max']).default('max').describe('max keeps the layers of every stage.'),
  pullRequests: z
    .enum(['read', 'write'])
    .default('read')
    .describe(
      'Whether pull requests may write it too: what they put in, the next build of a branch takes out.',
    ),
}

/** Where layers are kept between builds. */
export const cacheSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('gha'), scope: word.optional(), ...cacheUse }),
  z.strictObject({ type: z.literal('registry'), ref: word, ...cacheUse }),
  z.strictObject({ type: z.literal('local'), folder: word, ...cacheUse }),
])

/** Secrets a Dockerfile mounts (`RUN --mount=type=secret,id=…`), by id. They are in no layer and no argument. */
export const secretsSchema = z.record(
  z.string().regex(/^[A-Za-z0-9_.-]+$/, 'expected letters, digits, . _ -'),
  z.union([
    z.strictObject({
      env: variable.refine(
        (name) => !name.startsWith('WAYBILL_'),
        "expected no key or password of Waybill's",
      ),
    }),
    z.strictObject({ file: word }),
  ]),
)

/** Values of `ARG`. They can be read from the image's history: no secrets. */
export const buildArgsSchema = z.record(variable, z.string())

/** What BuildKit says about its own build, unsigned. */
export const attestationsSchema = z.strictObject({
  provenance: z.enum(['min', 'max']).optional(),
  sbom: z.boolean().optional(),
})

export type CacheConfig = z.infer<typeof cacheSchema>
