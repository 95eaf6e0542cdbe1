import * as z from 'zod'
import { severities } from '../attestation/index.ts'
import { duration, nonEmpty } from './options.ts'

// What gates over reports may be told alike.
export const maxAge = duration.optional().describe('Older reports do not count, e.g. 24h. Default: any age.')

export const signers = z
  .array(nonEmpty)
  .min(1)
  .optional()
  .describe('Only reports by these signer ids count. Default: any that may assert test results.')

export const tools = z
  .array(nonEmpty)
  .min(1)
  .optional()
  .describe('Names of tools; each must have reported. Default: any one.')

export const severityList = z.array(z.enum(severities)).min(1)

export const percentage = z.number().min(0).max(100).optional()
