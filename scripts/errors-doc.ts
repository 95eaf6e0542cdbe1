import { globSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { DeclaredError } from '../src/base/index.ts'

const ROOT = join(import.meta.dirname, '..')

const EXITS = {
  1: 'could not tell or could not finish',
  2: 'usage or configuration',
  3: 'refused',
  4: 'pending',
} as const

/** Every room's error table, by room. */
export async function errorTables(): Promise<ReadonlyMap<string, readonly DeclaredError[]>> {
  const files = globSync('src/*/errors.ts', { cwd: ROOT }).toSorted()
  const tables = new Map<string, readonly DeclaredError[]>()
  for (const file of files) {
    const module = (await import(join(ROOT, file))) as Record<string, unknown>
    const entries = Object.entries(module)
      .filter(([name]) => name.endsWith('Errors') && name !== 'declareErrors')
      .flatMap(([, table]) => Object.values(table as Record<string, DeclaredError>))
    tables.set(basename(dirname(file)), entries)
  }
  return tables
}

/** docs/errors.md: one entry per code, what happened and what to do next. */
export async function errorsDoc(): Promise<string> {
  const rooms = [...(await errorTables())].map(([room, entries]) => {
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
