import type { Config } from '../config/index.ts'
import type { ServerCopySettings } from '../registry/index.ts'

/** What waybill.yaml says of registries, for a client. */
export interface RegistrySettings {
  readonly plainHttp: ReadonlySet<string>
  readonly serverCopies: ReadonlyMap<string, ServerCopySettings>
}

export function registrySettings({ registries }: Pick<Config, 'registries'>): RegistrySettings {
  const all = [...registries]
  return {
    plainHttp: new Set(all.filter(([, { plainHttp }]) => plainHttp).map(([host]) => host)),
    serverCopies: new Map(
      all.flatMap(([host, { serverSideCopy }]) => (serverSideCopy ? [[host, serverSideCopy]] : [])),
    ),
  }
}
