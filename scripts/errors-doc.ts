import { assessmentErrors } from '../src/assessment/index.ts'
import { attestationErrors } from '../src/attestation/index.ts'
import { baseErrors } from '../src/base/index.ts'
import { cliErrors } from '../src/cli/errors.ts'
import { cloudErrors } from '../src/cloud/index.ts'
import { configErrors } from '../src/config/index.ts'
import { deliveryErrors } from '../src/delivery/index.ts'
import { demoErrors } from '../src/demo/index.ts'
import { embeddedErrors } from '../src/embedded/index.ts'
import { insightErrors } from '../src/insight/index.ts'
import { ociErrors } from '../src/oci/index.ts'
import { pipelineErrors } from '../src/pipeline/index.ts'
import { promotionErrors } from '../src/promotion/index.ts'
import { registryErrors } from '../src/registry/index.ts'
import { retentionErrors } from '../src/retention/index.ts'
import { signingErrors } from '../src/signing/index.ts'
import { setupErrors } from '../src/setup/index.ts'
import { toolsErrors } from '../src/tools/index.ts'
import { wiringErrors } from '../src/wiring/index.ts'
import type { DeclaredError, ErrorTable } from '../src/base/index.ts'

const EXITS = {
  1: 'could not tell or could not finish',
  2: 'usage or configuration',
  3: 'refused',
  4: 'pending',
} as const

const tables = {
  assessment: assessmentErrors,
  attestation: attestationErrors,
  base: baseErrors,
  cli: cliErrors,
  cloud: cloudErrors,
  config: configErrors,
  delivery: deliveryErrors,
  demo: demoErrors,
  embedded: embeddedErrors,
  insight: insightErrors,
  oci: ociErrors,
  pipeline: pipelineErrors,
  promotion: promotionErrors,
  registry: registryErrors,
  retention: retentionErrors,
  signing: signingErrors,
  setup: setupErrors,
  tools: toolsErrors,
  wiring: wiringErrors,
} satisfies Readonly<Record<string, ErrorTable>>

/** Every room's errors, by room. */
export function errorTables(): ReadonlyMap<string, readonly DeclaredError[]> {
  return new Map(Object.entries(tables).map(([room, table]) => [room, Object.values(table)]))
}

/** docs/errors.md: one entry per code, what happened and what to do next. */
export function errorsDoc(): string {
  const rooms = [...errorTables()].map(([room, entries]) => {
    const list = entries.toSorted((a, b) => a.code.localeCompare(b.code)).map(entry)
    return `## ${room}\n\n${list.join('\n\n')}`
  })
  return `${HEAD}\n\n${rooms.join('\n\n')}\n`
}

const HEAD = `# Errors

Every error has a stable code, says where it happened and what to do next. With \`-o json\` it is one document:
\`{ "kind": "error", "code", "message", "where", "next", "detail" }\`.

This page is generated from the tables in \`src/*/errors.ts\`; \`npm run generate\` writes it.`

function entry({ code, exit, about, next, retryable }: DeclaredError): string {
  const retry = retryable ? ' The same command may succeed later, unchanged.' : ''
  return `### ${code}\n\n${about}${retry}\n\nExit code ${exit} (${EXITS[exit]}). Next: ${next}`
}
