import { REPOSITORY } from './github.ts'

/** gh, as far as comments go: keeps the one comment in a file. The body of a script. */
export function fakeGh(file: string): string {
  return `
[ "$1" = api ] && [ -n "$GH_TOKEN" ] || { echo "gh: $*" >&2; exit 1; }
shift
case "$*" in
  "--paginate repos/${REPOSITORY}/issues/"*" --jq "*) [ -e '${file}' ] && echo 7; exit 0;;
  "--silent --method POST repos/${REPOSITORY}/issues/"*"/comments --field body=@"*) ;;
  "--silent --method PATCH repos/${REPOSITORY}/issues/comments/7 --field body=@"*) ;;
  *) echo "gh: $*" >&2; exit 1;;
esac
for last; do :; done
cat "\${last#body=@}" > '${file}'
`
}
