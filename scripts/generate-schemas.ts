import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import {
  approval,
  breakGlass,
  buildDetails,
  ciIdentity,
  hold,
  promotionRecord,
  reportFacts,
  waiver,
} from '../src/attestation/index.ts'
import { configSchema, trainSchema } from '../src/config/index.ts'
import { trustSchema } from '../src/signing/schema.ts'

const ROOT = join(import.meta.dirname, '..')

const schemas = {
  'schemas/waybill.schema.json': { schema: configSchema, title: 'waybill.yaml' },
  'schemas/trust.schema.json': { schema: trustSchema, title: 'Waybill trust policy' },
  'schemas/train.schema.json': { schema: trainSchema, title: 'Waybill train.yaml' },
  'schemas/predicates/promotion.schema.json': { schema: promotionRecord, title: predicate('promotion') },
  'schemas/predicates/approval.schema.json': { schema: approval, title: predicate('approval') },
  'schemas/predicates/waiver.schema.json': { schema: waiver, title: predicate('waiver') },
  'schemas/predicates/hold.schema.json': { schema: hold, title: predicate('hold') },
  'schemas/predicates/break-glass.schema.json': { schema: breakGlass, title: predicate('break-glass') },
  'schemas/predicates/report.schema.json': { schema: reportFacts, title: predicate('report') },
  'schemas/predicates/ci-identity.schema.json': { schema: ciIdentity, title: predicate('ci-identity') },
  'schemas/predicates/build-details.schema.json': { schema: buildDetails, title: predicate('build-details') },
} as const

function predicate(name: string): string {
  return `https://waybill.dev/${name}/v1`
}

/** JSON Schemas (2020-12) for editors and for readers of predicates, by path from the repository root. */
export function generate(): Map<string, string> {
  const entries = Object.entries(schemas).map(
    ([path, { schema, title }]) => [path, render(schema, title)] as const,
  )
  return new Map(entries)
}

// `input`: editors see the file as it is written, before defaults and durations are filled in.
function render(schema: z.ZodType, title: string): string {
  const body = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' })
  return `${JSON.stringify({ title, ...body }, null, 2)}\n`
}

if (import.meta.main) {
  for (const [path, content] of generate()) writeFileSync(join(ROOT, path), content)
}
