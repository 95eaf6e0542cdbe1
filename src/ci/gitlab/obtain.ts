import type { CiSettings } from '../../config/index.ts'
import { block, flow, indent, list } from './yaml.ts'

/** The hidden job that every job extends: where Waybill comes from, on which runners, and what is tried again. */
export function baseJob({ waybill, gitlab }: CiSettings): readonly string[] {
  const image = typeof waybill === 'object' && 'image' in waybill ? waybill.image : gitlab.image
  return [
    ...(gitlab.image !== undefined && image !== gitlab.image
      ? ['# ci.gitlab.image stands back: ci.waybill is an image itself.']
      : []),
    '.waybill:',
    ...indent([
      ...(image === undefined
        ? []
        : // The image's entry point is Waybill; a job needs a shell.
          ['image:', `  name: ${image}`, '  entrypoint: [""]']),
      ...(gitlab.tags.length > 0 ? [`tags: ${flow(gitlab.tags)}`] : []),
      '# Only what the runner itself broke: a gate that says no says it again.',
      'retry: { max: 1, when: runner_system_failure }',
      ...block('before_script', ['- !reference [.get-waybill, before_script]']),
    ]),
    '',
    '.get-waybill:',
    ...indent(block('before_script', list(obtain(waybill)))),
  ]
}

function obtain(waybill: CiSettings['waybill']): readonly string[] {
  if (waybill === 'installed' || 'image' in waybill) return ['waybill --version']
  return [
    'WAYBILL_BIN=$(mktemp -d)',
    `curl --fail --silent --show-error --location --proto =https --output "$WAYBILL_BIN/waybill" '${waybill.url}'`,
    `echo "${waybill.sha256}  $WAYBILL_BIN/waybill" | sha256sum --check --quiet`,
    'chmod +x "$WAYBILL_BIN/waybill"',
    'export PATH="$WAYBILL_BIN:$PATH"',
  ]
}
