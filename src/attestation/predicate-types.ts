/** Predicate type URIs, by the short name used in `trust.yaml` (`mayAssert`) and in reports. DESIGN §4. */
export const predicateTypes = {
  signature: 'https://sigstore.dev/cosign/sign/v1',
  provenance: 'https://slsa.dev/provenance/v1',
  'test-result': 'https://in-toto.io/attestation/test-result/v0.1',
  vulnerabilities: 'https://in-toto.io/attestation/vulns/v0.2',
  'cosign-vulnerabilities': 'https://cosign.sigstore.dev/attestation/vuln/v1',
  cyclonedx: 'https://cyclonedx.org/bom',
  spdx: 'https://spdx.dev/Document',
  reference: 'https://in-toto.io/attestation/reference/v0.1',
  vex: 'https://openvex.dev/ns',
  pass: 'https://slsa.dev/verification_summary/v1',
  promotion: 'https://waybill.dev/promotion/v1',
  approval: 'https://waybill.dev/approval/v1',
  waiver: 'https://waybill.dev/waiver/v1',
  hold: 'https://waybill.dev/hold/v1',
  'break-glass': 'https://waybill.dev/break-glass/v1',
} as const

export type PredicateName = keyof typeof predicateTypes

const NAMES = new Map<string, string>(Object.entries(predicateTypes).map(([name, uri]) => [uri, name]))

const FOLDED = new Map(Object.values(predicateTypes).map((uri) => [folded(uri), uri]))

/**
 * Short name or full URI → URI; undefined for a short name nobody knows, and for a known URI with another case or a
 * slash at its end: types are compared exactly, so it would mean nothing where it looks as if it did.
 */
export function predicateUri(nameOrUri: string): string | undefined {
  if (Object.hasOwn(predicateTypes, nameOrUri)) return predicateTypes[nameOrUri as PredicateName]
  const meant: string = FOLDED.get(folded(nameOrUri)) ?? nameOrUri
  return meant === nameOrUri && URL.canParse(nameOrUri) ? nameOrUri : undefined
}

function folded(uri: string): string {
  return uri.trim().toLowerCase().replace(/\/+$/, '')
}

/** URI → short name when it is one of ours, else the URI itself. For people only. */
export function predicateName(uri: string): string {
  return NAMES.get(uri) ?? uri
}
