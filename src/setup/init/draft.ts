import type { Project, Scanner } from './project.ts'
import { scanners } from './project.ts'
import { yamlText } from './quoting.ts'

/** What was found and answered. */
export interface Plan {
  readonly project: Project
  readonly application: string
  readonly environments: readonly string[]
  /** Template with `{environment}` or `{application}` filled in by waybill.yaml. */
  readonly repository: string
}

/** Classes of fact by the key that signs them: no one key can say everything (DESIGN §4). */
const keyFacts = {
  build: ['build'],
  signature: ['signature'],
  evidence: ['tests', 'vulnerabilities', 'cyclonedx', 'spdx'],
  promotion: ['promotion'],
  pass: ['pass'],
} as const
export type KeyName = keyof typeof keyFacts
export const keyNames = Object.keys(keyFacts) as readonly KeyName[]

export function variableFor(name: KeyName): string {
  return `WAYBILL_${name.toUpperCase()}_KEY`
}

const MAY_ASSERT: Readonly<Record<KeyName, readonly string[]>> = {
  build: ['provenance'],
  signature: ['signature'],
  evidence: ['test-result', 'vulnerabilities', 'cyclonedx', 'spdx'],
  promotion: ['promotion'],
  pass: ['pass'],
}

/** trust.yaml: who may state what. Public keys stand beside it. */
export function trustText(): string {
  const signers = keyNames.map(
    (name) =>
      `  - { id: ${name}, kind: key, key: keys/${name}.pub, mayAssert: [${MAY_ASSERT[name].join(', ')}] }`,
  )
  return `# Who may state what about an image. Nothing else counts. docs: reference/trust.md
version: 1
signers:
${signers.join('\n')}
  # People approve with keys of their own:
  # - { id: alice, kind: key, key: keys/alice.pub, identity: alice@example.com, roles: [release-manager], mayAssert: [approval] }
`
}

/** waybill.yaml as a person would begin it: what holds now, and what comes next as comments. */
export function configText(plan: Plan): string {
  const { project, application, repository, environments } = plan
  return `# One image, built once, promoted by digest. docs: reference/waybill-yaml.md
version: 1
applications:
  ${application}:
${project.source ? `    source: ${project.source}` : '    # source: https://… (provenance must agree with it)'}
    build: ${buildText(project)}

environments:
${environments.map((name, index) => environmentText(name, index, plan)).join('\n')}
trust: trust.yaml

# A key for each kind of fact. The variables come from the CI system's secrets; by hand from the file that "waybill init" named.
sign:
${keyNames.flatMap((name) => keyFacts[name].map((fact) => `  ${`${fact}:`.padEnd(17)}{ key: env://${variableFor(name)} }`)).join('\n')}

${checksText(project)}
ci:
  branches: [${yamlText(project.branch)}] # what is pushed here is built
${repository.includes('localhost') || repository.startsWith('127.') ? '' : '  # login: how jobs log in to the registries, see reference/waybill-yaml.md\n'}`
}

function buildText({ builder, dockerfile }: Project): string {
  if (builder === 'native') return '{ builder: native }'
  const named = dockerfile === undefined || dockerfile === 'Dockerfile' ? '' : `, dockerfile: ${dockerfile}`
  return `{ builder: ${builder}${named}, platforms: [linux/amd64] }`
}

function environmentText(name: string, index: number, plan: Plan): string {
  const { environments, repository } = plan
  const before = environments[index - 1]
  const isLast = index === environments.length - 1
  return `  ${name}:
    ${before === undefined ? 'accepts: build' : `after: ${before}`}
    repository: ${repository}
    tags: [${tagsOf(name, index, plan).join(', ')}]
    gates:
${gatesOf(before, isLast, plan).join('\n')}
`
}

function tagsOf(name: string, index: number, { project, environments }: Plan): readonly string[] {
  if (index === 0) return ['"git-{commit}"', name]
  if (!project.versioned) return [`"${name}-{commit}"`, name]
  if (index === environments.length - 1) return ['"{version}"', '"{major}.{minor}"', '"{major}"', 'stable']
  return index === environments.length - 2 ? ['"{version}-rc.{n}"'] : [`"${name}-{commit}"`]
}

function gatesOf(before: string | undefined, isLast: boolean, { project }: Plan): readonly string[] {
  if (before === undefined)
    return [
      `      - provenance: { branches: [${yamlText(project.branch)}] } # a pull-request build never passes`,
      ...(project.scanners.includes('gitleaks') ? ['      - secrets: {}'] : []),
      '      # - tests: { suites: [unit] }',
    ]
  return [
    `      - passed: { environment: ${before} }`,
    ...(isLast ? ['      # - approval: { count: 1, roles: [release-manager], notAuthor: true }'] : []),
  ]
}

const ABOUT: Readonly<Record<Scanner, string>> = {
  gitleaks: 'secrets, in every commit',
  hadolint: 'the Dockerfile',
  checkov: 'Terraform, Kubernetes, Dockerfiles',
  trivy: 'known vulnerabilities, misconfiguration',
}

/** Scanners that are here are asked for; the others are shown. */
function checksText(project: Project): string {
  const fitting = scanners.filter((name) => name !== 'hadolint' || project.dockerfile !== undefined)
  const entry = (name: Scanner) => `  - ${name}: {} # ${ABOUT[name]}`
  const here = fitting.filter((name) => project.scanners.includes(name))
  const others = fitting.filter((name) => !here.includes(name))
  return `# What "waybill check" looks for before anything is built. A tool that is named here must be there.
${here.length > 0 ? `checks:\n${here.map(entry).join('\n')}` : '# checks:'}
${others.map((name) => `#${entry(name)}`).join('\n')}
`
}
