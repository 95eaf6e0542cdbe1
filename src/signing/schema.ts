import * as z from 'zod'
import { predicateUri } from '../attestation/index.ts'

const text = z.string().min(1)
const time = z.iso.datetime({ offset: true, error: 'expected a time such as 2026-01-01T00:00:00Z' })

const validFor = z
  .strictObject({ start: time.optional(), end: time.optional() })
  .refine((given) => !given.start || !given.end || Date.parse(given.start) < Date.parse(given.end), {
    error: 'expected the start before the end',
  })

const common = {
  id: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      'expected 1 to 64 letters, digits, dots, dashes or underscores',
    )
    .describe('Name of the signer, unique in this file; shown in records and answers.'),
  roles: z.array(text).default([]).describe('What the signer may act as, for approvals.'),
  validFor: validFor
    .optional()
    .describe('Signatures of this signer count only in this time: when it is proven, else now.'),
  revoked: z
    .strictObject({ at: time, reason: text.optional() })
    .optional()
    .describe('From this time on its key may be in other hands: only what is proven to be older counts.'),
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

const publicKey = text.describe('Public key: a file relative to this one, or inline PEM.')
const holder = text.optional().describe('E-mail of the person who holds the key.')

const keySigner = z.strictObject({ kind: z.literal('key'), key: publicKey, identity: holder, ...common })

// The key stays in the service; verifying needs its public half only, and so no cloud.
const kmsSigner = z.strictObject({ kind: z.literal('kms'), key: publicKey, identity: holder, ...common })

const x509Signer = z.strictObject({
  kind: z.literal('x509'),
  certificates: text.describe(
    'Certificates of your own authority, the root included, in PEM: a file relative to this one, or inline.',
  ),
  identity: text.describe('URI or e-mail in the certificate (subject alternative name), compared exactly.'),
  at: z
    .literal('now')
    .optional()
    .describe('Count signatures without a timestamp as well, while the certificate is valid.'),
  ...common,
})

const keylessSigner = z.strictObject({
  kind: z.literal('keyless'),
  trustedRoot: text.describe('Sigstore trusted_root.json, relative to this file.'),
  identity: text.describe('Subject alternative name of the certificate, compared exactly.'),
  issuer: z.url().describe('OIDC issuer in the certificate, compared exactly.'),
  ...common,
})

const timestampAuthority = z
  .strictObject({
    certificateChain: text
      .optional()
      .describe(
        'Certificates of the authority up to its root, in PEM: a file relative to this one, or inline.',
      ),
    trustedRoot: text
      .optional()
      .describe('Sigstore trusted_root.json with the authorities, relative to this file.'),
    validFor: validFor.optional().describe('Timestamps count only from this time; with certificateChain.'),
  })
  .refine((given) => (given.certificateChain === undefined) !== (given.trustedRoot === undefined), {
    error: 'expected exactly one of certificateChain and trustedRoot',
  })
  .refine((given) => !given.trustedRoot || !given.validFor, {
    path: ['validFor'],
    error: 'expected no validFor beside trustedRoot, which has its own',
  })

/** `trust.yaml`: who may assert what. Unknown fields are errors: a condition nobody enforces would be a hole. */
export const trustSchema = z.strictObject({
  version: z.literal(1),
  expires: time
    .optional()
    .describe('After this time nothing is verified under this policy until somebody has looked at it again.'),
  timestampAuthorities: z
    .array(timestampAuthority)
    .max(20)
    .optional()
    .describe('Who is believed about when something was signed (RFC 3161).'),
  signers: z.array(
    z.discriminatedUnion('kind', [keySigner, kmsSigner, x509Signer, keylessSigner], {
      error: (issue) =>
        issue.code === 'invalid_union' ? 'expected kind key, kms, x509 or keyless' : undefined,
    }),
  ),
})

export type TrustFile = z.infer<typeof trustSchema>
export type SignerEntry = TrustFile['signers'][number]
export type AuthorityEntry = NonNullable<TrustFile['timestampAuthorities']>[number]
