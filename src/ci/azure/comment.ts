import { scalar } from '../text.ts'
import { inTemp } from './places.ts'

/** One thread of the pull request, found by its mark and written anew (Azure Repos REST API 7.1, pull request threads). */
export function commentStep({
  file,
  marker,
}: {
  readonly file: string
  readonly marker: string
}): readonly string[] {
  return [
    '- bash: |',
    '    set -euo pipefail',
    '    umask 077',
    '    printf \'Authorization: Bearer %s\' "$SYSTEM_ACCESSTOKEN" > "$AGENT_TEMPDIRECTORY/authorization"',
    '    ask() {',
    '      curl --fail --silent --show-error --header @"$AGENT_TEMPDIRECTORY/authorization" \\',
    '        --header \'Content-Type: application/json\' "$@"',
    '    }',
    '    threads="$SYSTEM_COLLECTIONURI$SYSTEM_TEAMPROJECTID/_apis/git/repositories/$BUILD_REPOSITORY_ID"',
    '    threads="$threads/pullRequests/$SYSTEM_PULLREQUEST_PULLREQUESTID/threads"',
    '    found=$(ask "$threads?api-version=7.1" | jq --raw-output --arg marker "$MARKER" \\',
    '      \'first(.value[] | select(.comments[0].content // "" | startswith($marker))',
    '        | "\\(.id)/comments/\\(.comments[0].id)") // empty\')',
    '    if [ -n "$found" ]; then',
    '      jq --null-input --rawfile text "$FILE" \'{ content: $text }\' |',
    '        ask --request PATCH --data @- "$threads/$found?api-version=7.1" > /dev/null',
    '    else',
    '      jq --null-input --rawfile text "$FILE" \\',
    '        \'{ status: "closed", comments: [{ parentCommentId: 0, commentType: "text", content: $text }] }\' |',
    '        ask --request POST --data @- "$threads?api-version=7.1" > /dev/null',
    '    fi',
    '  displayName: Write the comment',
    "  condition: and(succeeded(), eq(variables['Build.Repository.Provider'], 'TfsGit'))",
    '  env:',
    '    SYSTEM_ACCESSTOKEN: $(System.AccessToken)',
    `    MARKER: ${scalar(marker)}`,
    `    FILE: ${inTemp(file)}`,
  ]
}
