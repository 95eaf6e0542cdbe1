// Verifies bundles under a trust policy of eight signers, one thread: node bench/verification.ts [BUNDLES] [ROUNDS].
// Each statement is another one of about 0.8 kB, as a test result is. Prints bundles per CPU-second as JSON, the median
// of the rounds; `signatureAlone` is what the same machine does of the bare P-256 checks in them, the floor.
import { createPublicKey, verify } from 'node:crypto'
import { makeStatement, predicateTypes } from '../src/attestation/index.ts'
import { digestOf } from '../src/oci/index.ts'
import {
  compileTrust,
  generateKey,
  readPrivateKey,
  signStatement,
  trustSchema,
  verifySigned,
} from '../src/signing/index.ts'
import type { SignedContent, TrustPolicy } from '../src/signing/index.ts'
import { preAuthEncoding } from '../src/signing/dsse.ts'
import { median } from './median.ts'

const [count = 2_000, rounds = 7] = process.argv.slice(2).map(Number)
const SIGNERS = 8
const NOW = new Date('2026-11-20T12:00:00Z')
const IMAGE = digestOf('image')
const PLATFORMS = ['linux/amd64', 'linux/arm64'].map((platform) => digestOf(platform))

const keys = Array.from({ length: SIGNERS }, () => generateKey())

/** Eight signers, each with its own rights, as a policy of a real road has them. */
function policy(): Promise<TrustPolicy> {
  const signers = keys.map(({ publicKeyPem }, index) => ({
    id: `signer-${index}`,
    kind: 'key',
    key: publicKeyPem,
    mayAssert: ['test-result', 'provenance'],
    repositories: ['registry.example.com/**'],
    validFor: { start: '2026-01-01T00:00:00Z' },
  }))
  return compileTrust(trustSchema.parse({ version: 1, signers }), () => '', 'trust.yaml')
}

function predicate(index: number): object {
  const names = Array.from({ length: 8 }, (_, test) => `contoso.orders.suite-${index}.case-${test} is right`)
  return {
    result: 'PASSED',
    configuration: [{ name: 'unit', annotations: { passed: 8, failed: 0 } }],
    url: `https://ci.example.com/contoso/ordersvc/runs/${index}`,
    passedTests: names,
    failedTests: [],
  }
}

async function bundle(index: number): Promise<SignedContent> {
  const key = keys[index % SIGNERS]
  if (!key) throw new Error('there are signers')
  const statement = makeStatement([IMAGE, ...PLATFORMS], predicateTypes['test-result'], predicate(index))
  const { bytes } = await signStatement(statement, await readPrivateKey(key.privateKeyPem, undefined, 'key'))
  return { format: 'bundle', bytes, origin: { manifest: digestOf(bytes), format: 'bundle' } }
}

/** Things done per second of this thread's CPU time, median of the rounds. */
function perSecond(work: () => void): number {
  const rates = Array.from({ length: rounds }, () => {
    const before = process.threadCpuUsage()
    work()
    const { user, system } = process.threadCpuUsage(before)
    return (count / (user + system)) * 1e6
  })
  return Math.round(median(rates) ?? 0)
}

function verifyAll(contents: readonly SignedContent[], trust: TrustPolicy): void {
  for (const content of contents) {
    const judged = verifySigned(content, IMAGE, trust, { now: NOW, repository: 'registry.example.com/app' })
    if ('state' in judged) throw new Error(judged.reason)
  }
}

interface Envelope {
  readonly payload: string
  readonly payloadType: string
  readonly signatures: readonly [{ readonly sig: string }]
}

function envelopeIn({ bytes }: SignedContent): Envelope {
  return (JSON.parse(bytes.toString('utf8')) as { dsseEnvelope: Envelope }).dsseEnvelope
}

function bareChecks(contents: readonly SignedContent[]): () => void {
  const publicKeys = keys.map(({ publicKeyPem }) => createPublicKey(publicKeyPem))
  const checks = contents.map((content, index) => {
    const { payload, payloadType, signatures } = envelopeIn(content)
    const data = preAuthEncoding(payloadType, Buffer.from(payload, 'base64'))
    return { data, signature: Buffer.from(signatures[0].sig, 'base64'), key: publicKeys[index % SIGNERS] }
  })
  return () => {
    for (const { data, signature, key } of checks) if (key) verify('sha256', data, key, signature)
  }
}

const trust = await policy()
const contents: SignedContent[] = []
for (let index = 0; index < count; index++) contents.push(await bundle(index))
const [first] = contents
const payload = first && Buffer.from(envelopeIn(first).payload, 'base64').length
process.stdout.write(
  `${JSON.stringify({
    bundles: count,
    signers: SIGNERS,
    payloadBytes: payload,
    bundleBytes: first?.bytes.length,
    perCpuSecond: perSecond(() => verifyAll(contents, trust)),
    signatureAlone: perSecond(bareChecks(contents)),
    node: process.version,
  })}\n`,
)
