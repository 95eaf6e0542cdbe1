import type { Outputs } from '../../report/index.ts'
import type { Values } from './ci-system.ts'

/** What references, digests, tags and versions are made of. A shell, a dotenv file and a properties file read it alike. */
const PLAIN = /^\w[\w.+:/@,~=-]{0,4000}$/

/**
 * The outputs by name, several tags with commas. All names are always there, so that nothing of an earlier command is
 * taken for this one's. A value with anything else in it is empty too: it would not be read alike.
 */
export function valuesOf({ outcome, digest, image, tags, version, record }: Outputs): Values {
  const named = { outcome, digest, image, tags: tags?.join(','), version, record }
  const plain = Object.entries(named).map(([name, value = '']) => [name, PLAIN.test(value) ? value : ''])
  return Object.fromEntries(plain) as Values
}
