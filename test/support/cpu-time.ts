/** CPU milliseconds of this thread so far. Unlike the clock it does not count what else the machine is doing. */
export function cpuTime(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
