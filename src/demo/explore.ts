import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ownCommand } from './installation.ts'
import type { World } from './world.ts'

/** Leaves the variables and commands to go on with: `env.sh` to source, `EXPLORE.md` to read. */
export async function leaveNotes({ directory, registries }: World): Promise<void> {
  await writeFile(join(directory, 'env.sh'), ENV)
  await writeFile(join(directory, 'EXPLORE.md'), notes(registries.nonprod.address, registries.prod.address))
}

const ENV = `# Source this in a shell: the signing keys as waybill.yaml expects them, and the command where it is not installed.
here=$(cd "$(dirname "\${BASH_SOURCE:-$0}")" && pwd)
command -v waybill > /dev/null || waybill() { ${ownCommand.map(quoted).join(' ')} "$@"; }
for name in build signature tests scans promotion pass; do
  export "WAYBILL_$(echo "$name" | tr a-z A-Z)_KEY=$(cat "$here/keys/$name.key")"
done
`

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`
}

function notes(nonprod: string, prod: string): string {
  return `# What the demo left here

| what | where |
|---|---|
| the service, its history and waybill.yaml | ordersvc/ |
| desired state per environment | gitops.git (bare) |
| two registries | registries/nonprod, registries/prod |
| private keys (of this demo only) | keys/ |
| reports: tests, SBOMs, scans | reports/ |
| the road as a page | road.html |

Bring the registries back, each in a terminal of its own, in this folder and after \`. ./env.sh\`:

    waybill registry serve --root registries/nonprod --listen ${nonprod}
    waybill registry serve --root registries/prod --listen ${prod}

Then, in ordersvc/ and after \`. ../env.sh\`:

    waybill status
    waybill history ordersvc prod
    waybill trace ${prod}/ordersvc:stable
    waybill trace ${prod}/ordersvc:stable -o html > road.html
    waybill verify ${prod}/ordersvc:1.4.0
    waybill evidence list ${prod}/ordersvc:1.4.0
    waybill waive ordersvc prod --list --image 1.4.0-rc.1
    waybill rescan
    waybill image tree ${prod}/ordersvc:1.4.0
    waybill image copy ${prod}/ordersvc:1.4.0 layout:/tmp/ordersvc
    waybill verify layout:/tmp/ordersvc --trust trust.yaml
    waybill rollback ordersvc prod --dry-run

    git --git-dir ../gitops.git log -p main
`
}
