import type { CiSettings } from '../../config/index.ts'
import { block, flowList, indented, scalar } from '../text.ts'

/** Folder for what jobs hand on: GitLab takes artifacts from the checkout only. */
export const FILES = 'waybill-files'

/** The hidden job that all others extend: where Waybill comes from, on which runners, and what is tried again. */
export function baseJob({ waybill, gitlab }: CiSettings): readonly string[] {
  const image = typeof waybill === 'object' && 'image' in waybill ? waybill.image : gitlab.image
  return block('.waybill', [
    // The image's entry point is Waybill; a job needs a shell.
    ...(image === undefined ? [] : block('image', [`name: ${image}`, 'entrypoint: [""]'])),
    ...(gitlab.tags.length > 0 ? [`tags: ${flowList(gitlab.tags)}`] : []),
    '# Only what the runner itself broke: a gate that says no says it again.',
    'retry: { max: 1, when: runner_system_failure }',
    ...block('variables', [
      '# Beside the checkout, where it makes no tree dirty and comes into no image.',
      'WAYBILL_TEMP: $CI_PROJECT_DIR.waybill',
    ]),
    'before_script:',
    '  - rm -rf "$WAYBILL_TEMP"',
    '  - mkdir -p "$WAYBILL_TEMP" && mkdir -m 700 "$WAYBILL_TEMP/log-in"',
    `  - if [ -d ${FILES} ]; then cp -R ${FILES}/. "$WAYBILL_TEMP/" && rm -r ${FILES}; fi`,
    ...indented(obtain(waybill)),
    'after_script:',
    '  - rm -rf "$WAYBILL_TEMP/log-in" "$WAYBILL_TEMP/bin" waybill-files',
    `  - mv "$WAYBILL_TEMP" ${FILES} # artifacts are taken from the checkout only`,
  ])
}

function obtain(waybill: CiSettings['waybill']): readonly string[] {
  if (waybill === 'installed' || 'image' in waybill) return ['- waybill --version']
  return [
    '- mkdir -p "$WAYBILL_TEMP/bin"',
    `- ${scalar(`curl --fail --silent --show-error --location --proto =https --output "$WAYBILL_TEMP/bin/waybill" '${waybill.url.replaceAll("'", '%27')}'`)}`,
    `- echo "${waybill.sha256}  $WAYBILL_TEMP/bin/waybill" | sha256sum --check --quiet`,
    '- chmod +x "$WAYBILL_TEMP/bin/waybill"',
    '- export PATH="$WAYBILL_TEMP/bin:$PATH"',
  ]
}
