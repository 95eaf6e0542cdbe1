import { Environment } from '@marcbachmann/cel-js'

const LIMITS = {
  maxAstNodes: 500,
  maxDepth: 24,
  maxListElements: 100,
  maxMapEntries: 100,
  maxCallArguments: 8,
}

// `docs/reference/gates.md` documents every name here.
const common = new Environment({ unlistedVariablesAreDyn: false, limits: LIMITS })
  .registerVariable('now', 'google.protobuf.Timestamp')
  .registerVariable('application', 'string')
  .registerVariable('environment', 'string')
  .registerVariable('image', {
    schema: {
      digest: 'string',
      mediaType: 'string',
      platforms: 'list<string>',
      annotations: 'map<string, string>',
    },
  })
  .registerVariable('build', {
    schema: {
      source: 'string',
      commit: 'string',
      branch: 'string',
      event: 'string',
      builder: 'string',
      author: 'string',
      dirty: 'bool',
    },
  })
  .registerVariable('evidence', 'map<string, dyn>')
  .registerVariable('statements', 'map<string, list<dyn>>')
  .registerVariable('tests', 'map<string, dyn>')

/** What an expression can see. The engine of its patterns is twice as large as CEL and loaded where one is named. */
export async function environmentFor(expression: string): Promise<Environment> {
  if (!expression.includes('safeMatches')) return common
  const { safeMatches } = await import('./safe-matches.ts')
  return common.clone().registerFunction('string.safeMatches(string): bool', safeMatches)
}
