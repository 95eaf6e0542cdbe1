import * as z from 'zod'
import { formatPlatform } from '../../oci/index.ts'
import { byteSize, formatBytes, parseBytes } from '../byte-size.ts'
import type { Facts, ImageDetails } from '../facts.ts'
import type { GateNeeds } from '../gate-needs.ts'
import type { Judgement } from '../judgement.ts'
import { pass, refuse, unclear } from '../judgement.ts'
import { platformName } from '../platform-name.ts'

const growth = z
  .string()
  .regex(/^(?:\d{1,4}(?:\.\d{1,2})?%|\d.*)$/, 'expected a share such as 10% or a size such as 20MB')
  .transform((text, context) => {
    const size = parseBytes(text)
    if (text.endsWith('%')) return { text, percent: Number(text.slice(0, -1)) }
    if (size !== undefined) return { text, bytes: size }
    context.addIssue({
      code: 'custom',
      message: `found "${text}", expected a share such as 10% or a size such as 20MB`,
    })
    return z.NEVER
  })

export const sizeOptions = z
  .strictObject({
    max: byteSize
      .optional()
      .describe("Largest size of a platform's layers as they travel, e.g. 250MB or 1GiB."),
    maxGrowth: growth
      .optional()
      .describe('How much larger a platform may be than what the environment holds now: 10% or 20MB.'),
  })
  .refine(({ max, maxGrowth }) => max !== undefined || maxGrowth !== undefined, {
    message: 'expected max or maxGrowth, or both',
  })

export type SizeOptions = z.output<typeof sizeOptions>

export function sizeNeeds({ maxGrowth }: SizeOptions): GateNeeds {
  return { details: true, target: { details: maxGrowth !== undefined } }
}

/** No platform is larger than allowed, or grew by more than allowed. Layers count compressed, as they are pulled. */
export function judgeSize(options: SizeOptions, facts: Facts): Judgement {
  const { image, target } = facts
  const { details } = image
  if (!details || details.length === 0 || details.length < image.platforms.length)
    return unclear('The size of the image could not be read.')
  const flaws = details.flatMap((one) => flawsOf(one, options, facts))
  if (flaws.length > 0) return refuse(`${flaws.join('; ')}.`)
  if (options.maxGrowth && target && !target.details)
    return unclear('The size of what the environment holds now could not be read.')
  return pass(`${details.map((one) => summary(one, options, facts)).join('; ')}.`, [])
}

function flawsOf(one: ImageDetails, { max, maxGrowth }: SizeOptions, facts: Facts): readonly string[] {
  const name = platformName(one.platform)
  const before = maxGrowth && predecessor(one, facts)
  const tooLarge = max !== undefined && one.size > max
  const grewTooMuch = before && one.size > allowedSize(before.size, maxGrowth)
  return [
    ...(tooLarge ? [`${name} is ${formatBytes(one.size)}, required: at most ${formatBytes(max)}`] : []),
    ...(grewTooMuch
      ? [`${name} grew from ${change(before.size, one.size)}, required: by at most ${maxGrowth.text}`]
      : []),
  ]
}

function allowedSize(before: number, { percent, bytes = 0 }: NonNullable<SizeOptions['maxGrowth']>): number {
  return percent === undefined ? before + bytes : before + (before * percent) / 100
}

function predecessor({ platform }: ImageDetails, { target }: Facts): ImageDetails | undefined {
  const name = formatPlatform(platform)
  return target?.details?.find((other) => formatPlatform(other.platform) === name)
}

function summary(one: ImageDetails, { maxGrowth }: SizeOptions, facts: Facts): string {
  const size = `${platformName(one.platform)} is ${formatBytes(one.size)}`
  if (!maxGrowth) return size
  const before = predecessor(one, facts)
  return before ? `${size}, before ${formatBytes(before.size)}` : `${size}, with nothing to compare it with`
}

function change(before: number, after: number): string {
  const share = before > 0 ? ` (${(((after - before) * 100) / before).toFixed(1)} %)` : ''
  return `${formatBytes(before)} to ${formatBytes(after)}${share}`
}
