import * as z from 'zod'

const text = z.string().min(1)

/** Keys of the `build` block that say what is found out about an image before it is pushed. */
export const imageCheckKeys = {
  sbom: z
    .enum(['syft', 'trivy', 'cdxgen', 'builder'])
    .optional()
    .describe('Who lists what is inside: a tool, or the builder, whose own list is signed.'),
  scan: z
    .array(z.enum(['trivy', 'grype']))
    .min(1)
    .optional()
    .describe('Scanners that look at every platform.'),
  structure: text
    .optional()
    .describe('Test file of container-structure-test, relative to waybill.yaml; every platform is tested.'),
  publish: z
    .enum(['always', 'admitted'])
    .default('always')
    .describe(
      'admitted: nothing is pushed unless the gates of the first environment that judge the image itself let it in.',
    ),
}
