import * as z from 'zod'
import { predicateUri } from '../attestation/index.ts'

const text = z.string().min(1)
const time = z.iso.datetime({ offset: true, error: 'expected a time such as 2026-01-01T00:00:00Z' })

const common = {
  id: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      'expected 1 to 64 letters, digits, dots, dashes or underscores',
    )
    .describe('Name of the signer, unique in this file; shown in records and answers.'),
  roles: z.array(text).default([]).describe('What the signer may act as, for approvals.'),
  validFor: z
    .strictObject({ start: time.optional(), end: time.optional() })
    .refine((given) => !given.start || !given.end || Date.parse(given.start) < Date.parse(given.end), {
      error: 'expected the start before the end',
    })
    .optional()
    .describe('Signatures of this signer count only in this time.'),
  mayAssert: z
    .array(
      z.string().refine((name) => predicateUri(name) !== undefined, {
        error: ({ input }) =>
          `Found "${String(input)}", expected a predicate type: a short name such as provenance, or a URI`,
      }),
    )
    .min(1)
    .describe('Predicate types the signer may state, by short name or URI. Nothing else counts.'),
  environments: z
    .array(text)
    .min(1)
    .optional()
    .describe('Statements that name an environment (pass, promotion, approval…) count only for these.'),
  repositories: z
    .array(text)
    .min(1)
    .optional()
    .describe('The signer counts only for images in these repositories; * is part of a name, ** any path.'),
}

const keySigner = z.strictObject({
  kind: z.literal('key'),
  key: text.describe('Public key: a file relative to this one, or inline PEM.'),
  identity: text.optional().describe('E-mail of the person who holds the key.'),
  ...common,
})

const keylessSigner = z.strictObject({
  kind: z.literal('keyless'),
  trustedRoot: text.describe('Sigstore trusted_root.json, relative to this file.'),
  identity: text.describe('Subject alternative name of the certificate, compared exactly.'),
  issuer: z.url().describe('OIDC issuer in the certificate, compared exactly.'),
  ...common,
})

/** `trust.yaml`: who may assert what. Unknown fields are errors: a condition nobody enforces would be a hole. */
export const trustSchema = z.strictObject({
  version: z.literal(1),
  signers: z.array(
    z.discriminatedUnion('kind', [keySigner, keylessSigner], {
      error: (issue) =>
        issue.code === 'invalid_union'
          ? 'expected kind key or keyless; x509 and kms are not supported yet'
          : undefined,
    }),
  ),
})

export type TrustFile = z.infer<typeof trustSchema>
export type SignerEntry = TrustFile['signers'][number]
