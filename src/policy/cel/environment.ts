import { Environment } from '@marcbachmann/cel-js'
import { RE2JS } from 're2js'

const LIMITS = {
  maxAstNodes: 500,
  maxDepth: 24,
  maxListElements: 100,
  maxMapEntries: 100,
  maxCallArguments: 8,
}

/** What an expression can see. `docs/reference/gates.md` documents every name here. */
export const celEnvironment = new Environment({ unlistedVariablesAreDyn: false, limits: LIMITS })
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
  .registerFunction('string.safeMatches(string): bool', safeMatches)

// Linear time whatever the pattern (RE2). Unanchored, as CEL's own `matches`.
function safeMatches(text: string, pattern: string): boolean {
  return RE2JS.compile(pattern).matcher(text).find()
}
