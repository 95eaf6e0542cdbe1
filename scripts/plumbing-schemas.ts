import * as z from 'zod'
import { gateResults, severities } from '../src/attestation/index.ts'

export const digest = z.string().regex(/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/)
export const list = <T extends z.ZodType>(item: T) => z.array(item).readonly()
export const copy = z.object({
  manifests: z.int(),
  blobs: z.int(),
  bytes: z.int(),
  mounted: z.int(),
  referrers: z.int(),
  requests: z.int(),
  serverSide: z.enum(['acr', 'harbor']).optional(),
})
const treeNode = z.object({
  digest,
  mediaType: z.string(),
  size: z.int(),
  artifactType: z.string().optional(),
  platform: z.string().optional(),
  annotations: z.record(z.string(), z.string()),
  get children() {
    return list(treeNode)
  },
  get referrers() {
    return list(treeNode)
  },
  missing: z.literal(true).optional(),
})

export const recordedGate = z.object({
  gate: z.string(),
  result: z.enum(gateResults),
  reason: z.string(),
  evidence: list(digest),
})

/** One gate's verdict, wherever it is told. */
export const gate = recordedGate.extend({
  earliest: z.string().optional(),
  waitingFor: list(z.string()).optional(),
  findings: list(
    z.object({
      id: z.string(),
      severity: z.enum(severities).optional(),
      about: z.string().optional(),
      waivedBy: digest.optional(),
    }),
  ).optional(),
})

/** One piece of evidence, wherever it is listed. */
export const evidence = z.object({
  predicateType: z.string(),
  name: z.string(),
  payload: digest,
  manifest: digest,
  signer: z.string(),
  summary: z.string(),
  state: z.enum(['valid', 'invalid', 'foreign']),
  code: z.string().optional(),
  at: z.string().optional(),
  provenOn: z.string().optional(),
  tool: z.string().optional(),
  databaseOn: z.string().optional(),
})

/** What `image`, `key` and `registry` print with `-o json`. */
export const plumbingSchemas = {
  copy: z.object({
    kind: z.literal('copy'),
    dryRun: z.literal(true).optional(),
    digest,
    source: z.string(),
    destination: z.string(),
    tags: list(z.string()),
    copy,
  }),
  tag: z.object({
    kind: z.literal('tag'),
    repository: z.string(),
    tag: z.string(),
    digest,
    previous: digest.optional(),
  }),
  manifest: z.object({
    kind: z.literal('manifest'),
    reference: z.string(),
    digest,
    mediaType: z.string(),
    size: z.int(),
    manifest: z.unknown(),
  }),
  tree: z.object({ kind: z.literal('tree'), reference: z.string(), root: treeNode }),
  key: z.object({
    kind: z.literal('key'),
    privateKey: z.string(),
    publicKey: z.string(),
    encrypted: z.boolean(),
  }),
  'public-key': z.object({
    kind: z.literal('public-key'),
    reference: z.string(),
    /** Of a key in a key service. */
    version: z.string().optional(),
    hint: z.string(),
    pem: z.string(),
  }),
  registry: z.object({ kind: z.literal('registry'), root: z.string(), address: z.string() }),
} as const

/** True exactly when a schema knows every field of a type and takes every value of it. */
export type Tells<T, S extends z.ZodType> =
  T extends z.input<S> ? (keyof T extends keyof z.input<S> ? true : never) : never
