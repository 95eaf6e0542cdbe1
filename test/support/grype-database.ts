import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { xxh64 } from './xxh64.ts'

/** One flaw of one package of Alpine Linux. */
export interface GrypeFlaw {
  /** `3.18`. */
  readonly release: string
  readonly package: string
  readonly id: string
  readonly severity: 'low' | 'medium' | 'high' | 'critical'
  readonly fixedIn: string
}

// The tables of a database of version 6, as Grype 0.121 asks for them; most of them stay empty here.
const TABLES: Readonly<Record<string, string>> = {
  blobs: 'id integer PRIMARY KEY, value text',
  db_metadata: 'build_timestamp datetime, model integer, revision integer, addition integer',
  providers: 'id text PRIMARY KEY, version text, processor text, date_captured datetime, input_digest text',
  vulnerability_handles:
    'id integer PRIMARY KEY, name text, status text, published_date datetime, modified_date datetime, withdrawn_date datetime, provider_id text, blob_id integer',
  vulnerability_aliases: 'name text, alias text',
  operating_systems:
    'id integer PRIMARY KEY, name text, release_id text, major_version text, minor_version text, label_version text, codename text, channel text, eol_date datetime, eoas_date datetime',
  packages: 'id integer PRIMARY KEY, ecosystem text, name text',
  affected_package_handles:
    'id integer PRIMARY KEY, vulnerability_id integer, operating_system_id integer, package_id integer, blob_id integer',
  unaffected_package_handles:
    'id integer PRIMARY KEY, vulnerability_id integer, operating_system_id integer, package_id integer, blob_id integer',
  operating_system_specifier_overrides:
    'alias text, version text, version_pattern text, codename text, channel text, replacement text, replacement_major_version text, replacement_minor_version text, replacement_label_version text, replacement_channel text, rolling numeric, applicable_client_db_schemas text',
  cpes: 'id integer PRIMARY KEY, part text, vendor text, product text, edition text, language text, software_edition text, target_hardware text, target_software text, other text',
  package_cpes: 'cpe_id integer, package_id integer',
  package_specifier_overrides: 'ecosystem text, replacement_ecosystem text',
  architecture_aliases: 'alias text PRIMARY KEY, canonical text',
  affected_cpe_handles: 'id integer PRIMARY KEY, vulnerability_id integer, cpe_id integer, blob_id integer',
  unaffected_cpe_handles: 'id integer PRIMARY KEY, vulnerability_id integer, cpe_id integer, blob_id integer',
  known_exploited_vulnerability_handles: 'id integer PRIMARY KEY, cve text, blob_id integer',
  epss_handles: 'id integer PRIMARY KEY, cve text, epss real, percentile real',
  epss_metadata: 'date datetime',
  cwe_handles: 'id integer PRIMARY KEY, cve text, cwe text, source text, type text',
  ssvc_handles:
    'id integer PRIMARY KEY, cve text, source text, role text, version text, timestamp datetime, exploitation text, automatable text, technical_impact text',
}

/** Writes a vulnerability database for the real Grype. `cache`: its GRYPE_DB_CACHE_DIR. */
export function writeGrypeDatabase(cache: string, flaw: GrypeFlaw, builtOn: Date): void {
  const folder = join(cache, '6')
  mkdirSync(folder, { recursive: true })
  const database = new DatabaseSync(join(folder, 'vulnerability.db'))
  for (const [name, columns] of Object.entries(TABLES)) database.exec(`CREATE TABLE ${name} (${columns})`)
  const put = (table: string, ...values: readonly (string | number | null)[]) =>
    database.prepare(`INSERT INTO ${table} VALUES (${values.map(() => '?').join()})`).run(...values)
  const on = builtOn
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, '+00:00')
  const [major = '', minor = ''] = flaw.release.split('.')
  put('db_metadata', on, 6, 1, 10)
  put('providers', 'alpine', '1', 'test', on, 'xxh64:0')
  const severities = [{ scheme: 'CHMLN', value: flaw.severity, rank: 1 }]
  put('blobs', 1, JSON.stringify({ id: flaw.id, severities }))
  const range = {
    version: { type: 'apk', constraint: `< ${flaw.fixedIn}` },
    fix: { version: flaw.fixedIn, state: 'fixed' },
  }
  put('blobs', 2, JSON.stringify({ ranges: [range] }))
  put('vulnerability_handles', 1, flaw.id, 'active', on, on, null, 'alpine', 1)
  put('operating_systems', 1, 'alpine', 'alpine', major, minor, '', '', '', null, null)
  put('packages', 1, 'apk', flaw.package)
  put('affected_package_handles', 1, 1, 1, 1, 2)
  database.close()
  const digest = `xxh64:${xxh64(readFileSync(join(folder, 'vulnerability.db')))}`
  const origin = { digest, source: 'test', client_version: 'v6.1.10' }
  writeFileSync(join(folder, 'import.json'), JSON.stringify(origin))
}
