import * as z from 'zod'

// Of SARIF 2.1.0 only what a verdict needs. Unknown fields are left alone; known ones of another type are refused.
const level = z.enum(['none', 'note', 'warning', 'error'])
const text = z.object({ text: z.string().optional() }).nullish()
const properties = z.object({ 'security-severity': z.union([z.string(), z.number()]).nullish() }).nullish()

const rule = z.object({
  id: z.string(),
  name: z.string().nullish(),
  shortDescription: text,
  defaultConfiguration: z.object({ level: level.nullish() }).nullish(),
  properties,
})
export type SarifRule = z.infer<typeof rule>

const component = z.object({
  name: z.string().min(1),
  version: z.string().nullish(),
  semanticVersion: z.string().nullish(),
  informationUri: z.string().nullish(),
  rules: z.array(rule).nullish(),
})

const notification = z.object({ level: level.nullish(), message: text })

const invocation = z.object({
  executionSuccessful: z.boolean(),
  startTimeUtc: z.string().nullish(),
  endTimeUtc: z.string().nullish(),
  toolExecutionNotifications: z.array(notification).nullish(),
  toolConfigurationNotifications: z.array(notification).nullish(),
})

const result = z.object({
  ruleId: z.string().nullish(),
  ruleIndex: z.int().min(-1).nullish(),
  rule: z
    .object({
      id: z.string().nullish(),
      index: z.int().min(-1).nullish(),
      toolComponent: z.object({ index: z.int().min(-1).nullish() }).nullish(),
    })
    .nullish(),
  kind: z.enum(['notApplicable', 'pass', 'fail', 'review', 'open', 'informational']).nullish(),
  level: level.nullish(),
  message: text,
  locations: z
    .array(
      z.object({
        physicalLocation: z
          .object({
            artifactLocation: z.object({ uri: z.string().nullish() }).nullish(),
            region: z.object({ startLine: z.int().nullish() }).nullish(),
          })
          .nullish(),
      }),
    )
    .nullish(),
  suppressions: z
    .array(
      z.object({
        kind: z.string(),
        status: z.enum(['accepted', 'underReview', 'rejected']).nullish(),
        justification: z.string().nullish(),
      }),
    )
    .nullish(),
  baselineState: z.enum(['new', 'unchanged', 'updated', 'absent']).nullish(),
  properties,
})
export type SarifResult = z.infer<typeof result>

const run = z.object({
  tool: z.object({ driver: component, extensions: z.array(component).nullish() }),
  invocations: z.array(invocation).nullish(),
  // null or absent: no scan was attempted (§3.14.23).
  results: z.array(result).nullish(),
  automationDetails: z.object({ id: z.string().nullish() }).nullish(),
  externalPropertyFileReferences: z.object({ results: z.array(z.unknown()).nullish() }).nullish(),
})
export type SarifRun = z.infer<typeof run>

export const sarifLog = z.object({ version: z.literal('2.1.0'), runs: z.array(run) })
