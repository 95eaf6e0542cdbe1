import * as z from 'zod'

const record = z.record(z.string(), z.unknown())

const resource = z.object({
  name: z.string().optional(),
  uri: z.string().optional(),
  digest: z.record(z.string(), z.string()).optional(),
  mediaType: z.string().optional(),
  annotations: record.optional(),
})

/** Predicate `https://slsa.dev/provenance/v1` (SLSA build provenance). */
export const provenance = z.object({
  buildDefinition: z.object({
    buildType: z.string(),
    externalParameters: record,
    internalParameters: record.optional(),
    resolvedDependencies: z.array(resource).optional(),
  }),
  runDetails: z.object({
    builder: z.object({ id: z.string(), version: z.record(z.string(), z.string()).optional() }),
    metadata: z
      .looseObject({
        // GitLab writes a number.
        invocationId: z.union([z.string(), z.number().transform(String)]).optional(),
        startedOn: z.string().optional(),
        finishedOn: z.string().optional(),
      })
      .optional(),
    byproducts: z.array(resource).optional(),
  }),
})

export type Provenance = z.infer<typeof provenance>

/** One build's account of itself, whichever version of the predicate it came in. */
export interface BuildClaim {
  readonly buildType: string
  readonly builderId: string
  /** Under v0.2 and v0.1: `configSource` and `request`, as BuildKit names them in its v1 form. */
  readonly external: Readonly<Record<string, unknown>>
  readonly internal: Readonly<Record<string, unknown>>
  readonly dependencies: readonly z.infer<typeof resource>[]
  readonly metadata: Readonly<Record<string, unknown>>
  readonly invocation: string | undefined
  readonly finishedOn: string | undefined
}

const oldMetadata = z.looseObject({
  buildInvocationId: z.string().optional(),
  buildInvocationID: z.string().optional(),
  buildFinishedOn: z.string().optional(),
})

/** Predicate `https://slsa.dev/provenance/v0.2`. */
const provenanceV02 = z.object({
  builder: z.object({ id: z.string() }),
  buildType: z.string(),
  invocation: z
    .object({
      configSource: z
        .object({
          uri: z.string().optional(),
          digest: z.record(z.string(), z.string()).optional(),
          entryPoint: z.string().optional(),
        })
        .optional(),
      parameters: z.unknown().optional(),
      environment: z.unknown().optional(),
    })
    .optional(),
  metadata: oldMetadata.nullish(),
  materials: z.array(resource).nullish(),
})

/** Predicate `https://slsa.dev/provenance/v0.1`. */
const provenanceV01 = z.object({
  builder: z.object({ id: z.string() }),
  recipe: z.object({
    type: z.string(),
    definedInMaterial: z.int().nonnegative().optional(),
    entryPoint: z.string().optional(),
    arguments: z.unknown().optional(),
    environment: z.unknown().optional(),
  }),
  metadata: oldMetadata.nullish(),
  materials: z.array(resource).nullish(),
})

const claims = {
  'https://slsa.dev/provenance/v1': provenance.transform(({ buildDefinition, runDetails }): BuildClaim => ({
    buildType: buildDefinition.buildType,
    builderId: runDetails.builder.id,
    external: buildDefinition.externalParameters,
    internal: buildDefinition.internalParameters ?? {},
    dependencies: buildDefinition.resolvedDependencies ?? [],
    metadata: runDetails.metadata ?? {},
    // BuildKit writes `invocationID`.
    invocation: runDetails.metadata?.invocationId ?? text(runDetails.metadata?.['invocationID']),
    finishedOn: runDetails.metadata?.finishedOn,
  })),
  'https://slsa.dev/provenance/v0.2': provenanceV02.transform(
    ({ builder, buildType, invocation, metadata, materials }): BuildClaim => {
      const { uri, digest, entryPoint } = invocation?.configSource ?? {}
      return {
        buildType,
        builderId: builder.id,
        external: present({
          configSource: present({ uri, digest, path: entryPoint }),
          request: invocation?.parameters,
        }),
        internal: recordOf(invocation?.environment),
        ...common(metadata, materials),
      }
    },
  ),
  'https://slsa.dev/provenance/v0.1': provenanceV01.transform(
    ({ builder, recipe, metadata, materials }): BuildClaim => {
      const defined =
        recipe.definedInMaterial === undefined ? undefined : materials?.[recipe.definedInMaterial]
      return {
        buildType: recipe.type,
        builderId: builder.id,
        external: present({
          configSource: present({ uri: defined?.uri, digest: defined?.digest, path: recipe.entryPoint }),
          request: recipe.arguments,
        }),
        internal: recordOf(recipe.environment),
        ...common(metadata, materials),
      }
    },
  ),
} as const

/** Predicate types that tell of a build. */
export const provenanceTypes: readonly string[] = Object.keys(claims)

/** A provenance predicate of any version; undefined when it does not follow its own type. */
export function buildClaim(predicateType: string, predicate: unknown): BuildClaim | undefined {
  if (!Object.hasOwn(claims, predicateType)) return undefined
  return claims[predicateType as keyof typeof claims].safeParse(predicate).data
}

function common(
  metadata: z.infer<typeof oldMetadata> | null | undefined,
  materials: readonly z.infer<typeof resource>[] | null | undefined,
) {
  return {
    dependencies: materials ?? [],
    metadata: metadata ?? {},
    invocation: metadata?.buildInvocationId ?? metadata?.buildInvocationID,
    finishedOn: metadata?.buildFinishedOn,
  }
}

function present(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined && value !== null),
  )
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return record.safeParse(value).data ?? {}
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
