// Writes every generated file: docs/errors.md, docs/cli, schemas. With --check it only compares.
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cliDocs } from './cli-docs.ts'
import { errorsDoc } from './errors-doc.ts'
import { generate as generateConfigSchemas } from './generate-schemas.ts'
import { outputSchemaFiles } from './output-schemas.ts'

const ROOT = join(import.meta.dirname, '..')

const wanted = new Map([
  ['docs/errors.md', errorsDoc()],
  ...(await cliDocs()),
  ...generateConfigSchemas(),
  ...outputSchemaFiles(),
])
// Whole folders are generated: what is no longer wanted in them goes.
const stale = globSync(['docs/cli/*.md', 'schemas/output/*.json'], { cwd: ROOT }).filter(
  (file) => !wanted.has(file),
)

if (process.argv.includes('--check')) {
  const differing = [...wanted].filter(([file, text]) => read(file) !== text).map(([file]) => file)
  for (const file of [...differing, ...stale]) process.stderr.write(`${file} is out of date\n`)
  if (differing.length + stale.length > 0) {
    process.stderr.write('Run npm run generate and commit the result.\n')
    process.exitCode = 1
  }
} else {
  for (const [file, text] of wanted) {
    mkdirSync(dirname(join(ROOT, file)), { recursive: true })
    writeFileSync(join(ROOT, file), text)
  }
  for (const file of stale) rmSync(join(ROOT, file))
}

function read(file: string): string | undefined {
  const path = join(ROOT, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}
