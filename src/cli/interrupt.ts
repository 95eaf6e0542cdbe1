/** Turns the first SIGINT or SIGTERM into an abort, and the second into the end of the process. */
export interface Interrupt {
  readonly signal: AbortSignal
  /** 128 + signal number once interrupted; undefined before. */
  readonly exitCode: () => number | undefined
}

const CODES = { SIGINT: 130, SIGTERM: 143 } as const

export function listenForInterrupt(host: NodeJS.Process): Interrupt {
  const controller = new AbortController()
  let code: number | undefined
  for (const [name, value] of Object.entries(CODES)) {
    const onSignal = () => {
      if (code !== undefined) host.exit(value)
      code = value
      controller.abort()
    }
    host.on(name, onSignal)
  }
  return {
    signal: controller.signal,
    exitCode: () => code,
  }
}
