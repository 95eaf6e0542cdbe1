import type { Images } from './images.ts'

/** One question of the bench. */
export interface Case {
  readonly name: string
  readonly image: keyof Images
  /** Into the registry it is in, or into the other. */
  readonly to: 'same' | 'other'
  /**
   * `new repository`: nothing is there. `same repository`: the image's own, a new tag.
   * `there`: everything is there and the tag is right. `there, new tag`: everything is there but the tag.
   */
  readonly finds: 'new repository' | 'same repository' | 'there' | 'there, new tag'
  /** By the tool's own command for one more tag, where it has one. */
  readonly tagOnly?: true
  readonly referrers?: true
  /** Requests the least possible copy needs with bearer authentication, token requests included. */
  readonly floor: number
  /** What decides: round trips, or bytes. Bulk is timed on loopback and without proxy. */
  readonly bound: 'latency' | 'bytes'
  /** Runs take long: fewer of them, and only in the first and the last setting. */
  readonly long?: true
}

/** A copy of `manifests` and `blobs` into a new repository of another registry: GET and PUT, GET and POST and PUT, 2 tokens. */
const cold = (manifests: number, blobs: number) => manifests * 2 + blobs * 3 + 2

export function casesOf(tinyImages: number, hugeMiB: number): readonly Case[] {
  const other = { to: 'other', bound: 'latency' } as const
  const fresh = { ...other, finds: 'new repository' } as const
  const bulk = { ...fresh, bound: 'bytes' } as const
  return [
    {
      name: 'retag, same repository',
      image: 'index',
      to: 'same',
      tagOnly: true,
      finds: 'same repository',
      floor: 3,
      bound: 'latency',
    },
    {
      name: 'copy to a new tag, same repository',
      image: 'index',
      to: 'same',
      finds: 'same repository',
      floor: 3,
      bound: 'latency',
    },
    {
      name: 'promote, same registry',
      image: 'index',
      to: 'same',
      finds: 'new repository',
      floor: 40,
      bound: 'latency',
    },
    { name: 'other registry, cold', image: 'index', ...fresh, floor: cold(6, 27) },
    { name: 'other registry, tag already right', image: 'index', ...other, finds: 'there', floor: 2 },
    {
      name: 'other registry, content there, new tag',
      image: 'index',
      ...other,
      finds: 'there, new tag',
      floor: 3,
    },
    {
      name: 'other registry, cold, with 7 referrers',
      image: 'referred',
      ...fresh,
      referrers: true,
      floor: 160,
    },
    {
      name: 'the same with 7 referrers again',
      image: 'referred',
      ...other,
      finds: 'there',
      referrers: true,
      floor: 22,
    },
    { name: `layer of ${hugeMiB} MiB, cold`, image: 'huge', ...bulk, long: true, floor: cold(2, 2) },
    { name: '10 layers of 10 MiB, cold', image: 'layers', ...bulk, floor: cold(2, 11) },
    { name: '2 platforms of 5 layers of 5 MB, cold', image: 'platforms', ...bulk, floor: cold(3, 12) },
    {
      name: `${tinyImages} tiny images, cold`,
      image: 'tiny',
      ...fresh,
      long: true,
      floor: tinyImages * cold(1, 2),
    },
    {
      name: `${tinyImages} tiny images, already there`,
      image: 'tiny',
      ...other,
      finds: 'there',
      long: true,
      floor: tinyImages * 2,
    },
  ]
}
