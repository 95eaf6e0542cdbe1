import { columns, cut } from './layout.ts'
import type { Paint } from './paint.ts'
import { count, formatBytes, line, shortDigestText } from './words.ts'

const WIDTH = 80

/** One manifest as the tree shows it; what a registry answers fits it. */
export interface TreeNode {
  readonly digest: string
  readonly mediaType: string
  readonly size: number
  readonly artifactType?: string
  readonly platform?: string
  readonly annotations: Readonly<Record<string, string>>
  readonly layers: readonly { readonly size: number }[]
  readonly children: readonly TreeNode[]
  readonly referrers: readonly TreeNode[]
  readonly missing?: true
}

/** `waybill image tree` as text: children and referrers drawn under their digest. */
export function treeText(
  tree: { readonly reference: string; readonly root: TreeNode },
  paint: Paint,
): string {
  const [repository = ''] = tree.reference.split('@')
  return `${[paint.bold(line(repository)), `  ${tree.root.digest}`, ...branches(tree.root, '', paint)].join('\n')}\n`
}

function branches(node: TreeNode, indent: string, paint: Paint): readonly string[] {
  const below = [...node.children, ...node.referrers]
  return below.flatMap((child, at) => {
    const isLast = at === below.length - 1
    const lead = `${indent}${isLast ? '└─' : '├─'} `
    const name = `${lead}${shortDigestText(child.digest)}  `
    const text = name + nodeText(child, at < node.children.length, WIDTH - name.length, paint)
    return [text, ...branches(child, `${indent}${isLast ? '   ' : '│  '}`, paint)]
  })
}

function nodeText(node: TreeNode, isChild: boolean, room: number, paint: Paint): string {
  if (node.missing) return paint.bad('missing')
  const bytes = node.layers.reduce((sum, layer) => sum + layer.size, 0)
  const size = `${count(node.layers.length, 'layer')}, ${formatBytes(bytes)}`
  const what = line(isChild ? (node.platform ?? 'manifest') : kindOf(node), 60)
  return `${cut(what, Math.max(8, room - size.length - 2))}  ${paint.dim(size)}`
}

/** What a referrer is about: the predicate of a bundle, else its artifact type. */
function kindOf(node: TreeNode): string {
  const predicate = node.annotations['dev.sigstore.bundle.predicateType']
  return predicate?.replace(/^https?:\/\//, '') ?? node.artifactType ?? node.mediaType
}

function nothingText(serverSide: string | undefined): string {
  return serverSide === undefined ? 'nothing: it was all there' : 'nothing'
}

/** `waybill image copy` as text. */
export function copyText(
  value: {
    readonly dryRun?: boolean
    readonly digest: string
    readonly source: string
    readonly destination: string
    readonly tags: readonly string[]
    readonly copy: {
      readonly manifests: number
      readonly blobs: number
      readonly bytes: number
      readonly mounted: number
      readonly referrers: number
      readonly requests: number
      readonly serverSide?: string
    }
  },
  paint: Paint,
): string {
  const place = (reference: string) => line(reference.split('@')[0] ?? '')
  const { manifests, blobs, bytes, mounted, referrers, requests, serverSide } = value.copy
  const sent =
    manifests + blobs + mounted === 0
      ? nothingText(serverSide)
      : `${count(manifests, 'manifest')}, ${count(blobs, 'blob')}, ${formatBytes(bytes)}`
  const rows = [
    [`  ${paint.dim('from')}`, place(value.source)],
    [
      `  ${paint.dim('to')}`,
      `${place(value.destination)}${value.tags.length > 0 ? ':' : ''}${value.tags.map((tag) => line(tag, 128)).join(', ')}`,
    ],
    [
      `  ${paint.dim(value.dryRun ? 'to send' : 'sent')}`,
      `${sent}${mounted > 0 ? `, ${mounted} ${value.dryRun ? 'to mount' : 'mounted'}` : ''}`,
    ],
    ...(serverSide === undefined
      ? []
      : [[`  ${paint.dim('served')}`, `the rest by the registry itself (${serverSide})`]]),
    [`  ${paint.dim('signed')}`, `${count(referrers, 'referrer')} at the destination`],
    [`  ${paint.dim('cost')}`, count(requests, 'request')],
  ]
  return `${[paint.bold(value.dryRun ? 'Would copy' : paint.good('Copied')), `  ${value.digest}`, ...columns(rows, WIDTH)].join('\n')}\n`
}

/** `waybill image inspect` as text: the digest, then the manifest itself. */
export function inspectionText(
  value: {
    readonly reference: string
    readonly digest: string
    readonly mediaType: string
    readonly size: number
    readonly manifest: unknown
  },
  paint: Paint,
): string {
  const json = JSON.stringify(value.manifest, null, 2).split('\n').map(keepIndent)
  const head = [
    paint.bold(line(value.reference.split('@')[0] ?? '')),
    `  ${value.digest}`,
    `  ${line(value.mediaType, 120)}, ${formatBytes(value.size)}`,
  ]
  return `${[...head, ...json].join('\n')}\n`
}

function keepIndent(text: string): string {
  const indent = /^ */.exec(text)?.[0] ?? ''
  return indent + line(text, 10_000)
}
