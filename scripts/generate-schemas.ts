import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { configSchema, trainSchema } from '../src/config/index.ts'
import { trustSchema } from '../src/signing/schema.ts'

const ROOT = join(import.meta.dirname, '..')

const schemas = {
  'schemas/waybill.schema.json': { schema: configSchema, title: 'waybill.yaml' },
  'schemas/trust.schema.json': { schema: trustSchema, title: 'Waybill trust policy' },
  'schemas/train.schema.json': { schema: trainSchema, title: 'Waybill train.yaml' },
} as const

/** JSON Schemas (2020-12) for editors, by path from the repository root. */
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
