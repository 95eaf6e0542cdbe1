/** Values of a known form, by field; what is undefined is absent, so that asking for it is an error and never a pass. */
class CelRecord {
  constructor(fields: Readonly<Record<string, unknown>>) {
    const own = this as Record<string, unknown>
    for (const name in fields) if (fields[name] !== undefined) own[name] = fields[name]
  }
}

// The language knows a value's type by its class.
export class Platform extends CelRecord {}
export class Target extends CelRecord {}
export class Upstream extends CelRecord {}
export class Suite extends CelRecord {}
export class Vulnerabilities extends CelRecord {}
export class Sbom extends CelRecord {}
export class Report extends CelRecord {}
export class ActiveWaiver extends CelRecord {}
export class Approval extends CelRecord {}

const TIME = 'google.protobuf.Timestamp'
const LENGTH = 'google.protobuf.Duration'
const LABELS = 'map<string, string>'

/** Every record's name, fields and their types; the name is written out, because a bundler shortens those of classes. `docs/reference/gates/cel.md` documents every name. */
export const recordTypes = [
  {
    name: 'Platform',
    ctor: Platform,
    fields: {
      platform: 'string',
      manifest: 'string',
      config: 'string',
      size: 'int',
      layers: 'int',
      labels: LABELS,
      annotations: LABELS,
      user: 'string',
      created: TIME,
      variables: 'list<string>',
      entrypoint: 'list<string>',
      command: 'list<string>',
      ports: 'list<string>',
    },
  },
  { name: 'Target', ctor: Target, fields: { digest: 'string', since: TIME, platforms: 'list<Platform>' } },
  {
    name: 'Upstream',
    ctor: Upstream,
    fields: { passed: 'bool', present: 'bool', since: TIME, soak: LENGTH },
  },
  { name: 'Suite', ctor: Suite, fields: { result: 'string', passed: 'int', warned: 'int', failed: 'int' } },
  {
    name: 'Vulnerabilities',
    ctor: Vulnerabilities,
    fields: {
      scans: 'int',
      total: 'int',
      critical: 'int',
      high: 'int',
      medium: 'int',
      low: 'int',
      negligible: 'int',
      unknown: 'int',
      scannedOn: TIME,
    },
  },
  { name: 'Sbom', ctor: Sbom, fields: { components: 'int', formats: 'list<string>' } },
  {
    name: 'Report',
    ctor: Report,
    fields: {
      kind: 'string',
      tool: 'string',
      version: 'string',
      format: 'string',
      platform: 'string',
      signer: 'string',
      findings: 'int',
      counts: 'map<string, double>',
      finishedOn: TIME,
    },
  },
  {
    name: 'ActiveWaiver',
    ctor: ActiveWaiver,
    fields: {
      gate: 'string',
      findings: 'list<string>',
      packages: 'list<string>',
      reason: 'string',
      ticket: 'string',
      signer: 'string',
      notAfter: TIME,
    },
  },
  {
    name: 'Approval',
    ctor: Approval,
    fields: {
      decision: 'string',
      approver: 'string',
      signer: 'string',
      roles: 'list<string>',
      samePolicy: 'bool',
      reason: 'string',
      ticket: 'string',
      createdOn: TIME,
    },
  },
] as const
