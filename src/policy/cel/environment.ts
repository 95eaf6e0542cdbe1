import { Environment } from '@marcbachmann/cel-js'
import { recordTypes } from './records.ts'

const LIMITS = {
  maxAstNodes: 500,
  maxDepth: 24,
  maxListElements: 100,
  maxMapEntries: 100,
  maxCallArguments: 8,
}

/** What an expression is about: the facts of a promotion, or the predicate of one statement. */
export type CelSubject = 'facts' | 'predicate'

function base(): Environment {
  return new Environment({ unlistedVariablesAreDyn: false, limits: LIMITS })
    .registerVariable('now', 'google.protobuf.Timestamp')
    .registerVariable('application', 'string')
    .registerVariable('environment', 'string')
}

// `docs/reference/gates/cel.md` documents every name here.
function aboutFacts(): Environment {
  const environment = base()
  for (const { name, ctor, fields } of recordTypes) environment.registerType(name, { ctor, fields })
  return environment
    .registerVariable('requestedBy', 'string')
    .registerVariable('ticket', 'string')
    .registerVariable('quarantined', 'bool')
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
        ref: 'string',
        branch: 'string',
        event: 'string',
        builder: 'string',
        buildType: 'string',
        author: 'string',
        actor: 'string',
        runner: 'string',
        workflow: 'string',
        issuer: 'string',
        dirty: 'bool',
        isProtected: 'bool',
        parameters: 'map<string, string>',
      },
    })
    .registerVariable('platforms', 'list<Platform>')
    .registerVariable('target', 'Target')
    .registerVariable('upstream', 'map<string, Upstream>')
    .registerVariable('tests', 'map<string, Suite>')
    .registerVariable('vulnerabilities', 'Vulnerabilities')
    .registerVariable('coverage', 'map<string, double>')
    .registerVariable('sbom', 'Sbom')
    .registerVariable('reports', 'list<Report>')
    .registerVariable('waivers', 'list<ActiveWaiver>')
    .registerVariable('approvals', 'list<Approval>')
    .registerVariable('signers', 'list<string>')
    .registerVariable('tickets', 'map<string, dyn>')
    .registerVariable('evidence', 'map<string, dyn>')
    .registerVariable('statements', 'map<string, list<dyn>>')
}

function aboutPredicate(): Environment {
  return base()
    .registerVariable('digest', 'string')
    .registerVariable('signer', 'string')
    .registerVariable('predicate', 'map<string, dyn>')
}

const environments = { facts: aboutFacts(), predicate: aboutPredicate() }

/** What an expression can see. The engine of its patterns is twice as large as CEL and loaded where one is named. */
export async function environmentFor(expression: string, subject: CelSubject): Promise<Environment> {
  const environment = environments[subject]
  if (!expression.includes('safeMatches')) return environment
  const { safeMatches } = await import('./safe-matches.ts')
  return environment.clone().registerFunction('string.safeMatches(string): bool', safeMatches)
}
