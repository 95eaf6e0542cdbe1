import * as z from 'zod'
import { severities } from '../../attestation/index.ts'

const text = z.string().min(1)
const words = z.array(text)
const duration = z
  .string()
  .regex(/^\d+(?:s|m|h)$/, 'expected a duration such as 90s, 5m or 1h')
  .default('10m')
  .describe('How long it may take. Longer = error.')
const optional = z
  .boolean()
  .default(false)
  .describe('May be missing on the machine: then it is left out with a warning, and is no pass.')
const ignore = words.default([]).describe('Rules that do not count, by id. They are listed all the same.')
const path = text.default('.').describe('What is looked at, relative to waybill.yaml.')
const block = (fallback: readonly string[]) =>
  z
    .array(z.enum(severities))
    .default([...(fallback as (typeof severities)[number][])])
    .describe('Severities that fail the check.')
const common = { path, ignore, optional, timeout: duration }

const gitleaks = z.strictObject({
  ...common,
  history: z
    .enum(['all', 'branch', 'none'])
    .default('all')
    .describe('all: every commit. branch: those since the base branch. none: the files as they are.'),
  config: text
    .optional()
    .describe(
      'File with rules. Whoever may change it decides what is found: keep it outside the tree, or have it reviewed.',
    ),
  baseline: text.optional().describe('Report of known leaks that do not count.'),
})
const checkov = z.strictObject({
  ...common,
  frameworks: words.default(['terraform', 'kubernetes', 'dockerfile']),
})
const trivy = z.strictObject({
  ...common,
  scanners: z
    .array(z.enum(['vuln', 'misconfig', 'secret', 'license']))
    .min(1)
    .default(['vuln', 'misconfig', 'secret']),
  block: block(['critical', 'high']),
  ignoreUnfixed: z.boolean().default(false),
})
const hadolint = z.strictObject({
  ...common,
  files: words.default(['Dockerfile']),
  block: block(['high']),
  config: text.optional(),
})
const command = z.strictObject({
  ...common,
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'expected lower-case letters, digits and dashes'),
  run: words.min(1).describe('The program and its arguments; no shell.'),
  report: text.describe('File it writes, relative to waybill.yaml; patterns such as reports/*.xml are fine.'),
  format: text.optional().describe('Format of the report. Default: recognised.'),
  accept: z
    .array(z.int().min(0).max(255))
    .default([0, 1])
    .describe('Exit codes after which the report counts.'),
  block: block(['critical', 'high']),
})

/** One entry of `checks`. */
const checkSchema = z.union([
  z.strictObject({ gitleaks: gitleaks.prefault({}) }),
  z.strictObject({ checkov: checkov.prefault({}) }),
  z.strictObject({ trivy: trivy.prefault({}) }),
  z.strictObject({ hadolint: hadolint.prefault({}) }),
  z.strictObject({ command }),
])
/** What is looked for in the source before anything is built. */
export const checksSchema = z.array(checkSchema).max(50)

const suite = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'expected lower-case letters, digits and dashes'),
  run: words
    .min(1)
    .optional()
    .describe('The program and its arguments; no shell. Default: it has run already.'),
  reports: words.min(1).describe('JUnit, TRX, coverage: files or patterns relative to waybill.yaml.'),
  timeout: duration.prefault('30m'),
})
const sonar = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).describe('Address of the SonarQube server.'),
  task: text.default('.scannerwork/report-task.txt').describe("The scanner's report-task.txt."),
  run: words
    .min(1)
    .optional()
    .describe('The scanner and its arguments; no shell. Default: it has run already.'),
  token: z
    .string()
    .refine((given) => /^env:\/\/[A-Za-z_][A-Za-z0-9_]*$/.test(given), { error: 'expected env://NAME' })
    .default('env://SONAR_TOKEN'),
  timeout: duration.prefault('30m'),
})
/** The tests of a source, and the quality gate that is asked after them. */
export const testsSchema = z.strictObject({
  suites: z.array(suite).min(1),
  sonar: sonar.optional(),
})

export type Check = z.output<typeof checkSchema>
export type Tests = z.output<typeof testsSchema>
