import calculator from 'ae-cvss-calculator'

const { Cvss2, Cvss3P0, Cvss3P1, Cvss4P0 } = calculator

/** `CVSS:3.1/AV:N/…` (2.0, 3.0, 3.1 and 4.0) → base score, 0 to 10; undefined when it is no complete vector. */
export function scoreOfVector(vector: string): number | undefined {
  const metrics = vector.replace(/^CVSS:(3\.[01]|4\.0)\//, '').split('/')
  const names = metrics.map((metric) => metric.split(':', 1)[0])
  // The library lets a later metric overwrite an earlier one.
  if (vector.length > 400 || new Set(names).size !== names.length) return undefined
  if (!metrics.every((metric) => /^[A-Za-z]{1,3}:[A-Za-z]{1,8}$/.test(metric))) return undefined
  const score = parsed(vector)?.calculateScores()
  const base = score && ('baseMetricsOnly' in score ? score.baseMetricsOnly : score.base)
  return typeof base === 'number' && base >= 0 && base <= 10 ? base : undefined
}

function parsed(vector: string) {
  try {
    if (vector.startsWith('CVSS:3.1/')) return new Cvss3P1(vector)
    if (vector.startsWith('CVSS:3.0/')) return new Cvss3P0(vector)
    if (vector.startsWith('CVSS:4.0/')) return new Cvss4P0(vector)
    return vector.startsWith('AV:') ? new Cvss2(vector) : undefined
  } catch {
    return undefined
  }
}
