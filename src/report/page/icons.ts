import { verbatim } from './html.ts'
import type { Html } from './html.ts'

const strokes = (paths: string): Html =>
  verbatim(
    `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">${paths}</svg>`,
  )

/** Small pictures, drawn in the colour of the text beside them. Each stands beside the word it means. */
export const icons = {
  brand: strokes('<path d="M5 3h11l3 3v15H5z"/><path d="M8.5 9h7M8.5 13h7"/><path d="m8.5 17 1.6 1.4 3-3"/>'),
  commit: strokes('<circle cx="12" cy="12" r="3.6"/><path d="M3 12h5.4M15.6 12H21"/>'),
  build: strokes('<path d="m12 3 8 4.5v9L12 21l-8-4.5v-9z"/><path d="m4 7.5 8 4.5 8-4.5M12 12v9"/>'),
  place: strokes('<path d="M4 20V9l8-5 8 5v11"/><path d="M9.5 20v-6h5v6"/>'),
  back: strokes('<path d="M9 14 4 9l5-5"/><path d="M4 9h10a6 6 0 0 1 0 12h-3"/>'),
  arrow: strokes('<path d="M4 12h15M13 6l6 6-6 6"/>'),
  pass: strokes('<path d="m5 12.5 4.6 4.5L19 7.5"/>'),
  fail: strokes('<path d="M6 6l12 12M18 6 6 18"/>'),
  error: strokes('<path d="M12 6v7.5M12 17.6v.2"/>'),
  pending: strokes('<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>'),
  waived: strokes('<path d="M6 20V4h11l-2.5 4L17 12H6"/>'),
  note: strokes('<path d="M12 11v6M12 7v.2"/>'),
} as const
