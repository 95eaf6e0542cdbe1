import * as z from 'zod'

/**
 * Name of the extension field for what Waybill knows of a build and the build types of CI vendors have no word for
 * (in-toto attestation spec v1, "extension fields").
 */
export const BUILD_DETAILS = 'https://waybill.dev/build-details/v1'

/** The extension field's value. */
export const buildDetails = z.object({
  /** Who made the image: `native`, `buildx`… */
  builder: z.string(),
  /** `os/architecture[/variant]` */
  platforms: z.array(z.string()),
  /** The working copy was not as committed. */
  dirty: z.boolean(),
  pullRequest: z.string().optional(),
  /** E-mail of the commit's author. */
  author: z.string().optional(),
  /** Waybill's version. */
  waybill: z.string().optional(),
})
export type BuildDetails = z.infer<typeof buildDetails>

/** undefined = there are none; 'unreadable' = they could hide a dirty tree. */
export function buildDetailsIn(predicate: unknown): BuildDetails | 'unreadable' | undefined {
  const said = (predicate as Readonly<Record<string, unknown>> | undefined)?.[BUILD_DETAILS]
  return said === undefined ? undefined : (buildDetails.safeParse(said).data ?? 'unreadable')
}
