import * as z from 'zod'

const text = z.string().min(1)
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256: and 64 hex digits')

const program = z
  .strictObject({
    program: text
      .optional()
      .describe('Name on the PATH, or path, of the executable. Default: the usual names.'),
    version: text.optional().describe('Versions that may run, as a semver range. Known bad ones never may.'),
    digest: digest.optional().describe('sha256 of the executable that alone may run.'),
    image: z
      .string()
      .regex(/@sha256:[0-9a-f]{64}$/, 'expected an image by digest: host/path@sha256:…')
      .optional()
      .describe('Container image to run it from, by digest. Needs docker, podman or nerdctl.'),
  })
  .refine(({ program: path, digest: pin, image }) => image === undefined || (path ?? pin) === undefined, {
    error: 'expected either "image" or "program" and "digest"',
  })

/** The `tools` block: where outside tools come from, by the tool's name (`gitleaks`, `trivy`…). */
export const toolsSchema = z.record(
  z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected the name of a tool, such as gitleaks'),
  program,
)

export type ProgramSettings = z.output<typeof program>
