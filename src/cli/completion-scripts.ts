export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** One short script per shell; the proposals come from `waybill __complete`, so they are never out of date. */
export const completionScripts: Readonly<Record<Shell, string>> = {
  bash: `# waybill completion for bash; put this in ~/.bashrc:  eval "$(waybill completion bash)"
_waybill() {
  local IFS=$'\\n'
  COMPREPLY=($(waybill __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _waybill waybill
`,
  zsh: `#compdef waybill
# waybill completion for zsh; put this in ~/.zshrc:  eval "$(waybill completion zsh)"
_waybill() {
  local -a found
  local value about
  while IFS=$'\\t' read -r value about; do
    found+=("\${value//:/\\\\:}:$about")
  done < <(waybill __complete "\${(@)words[2,$CURRENT]}" 2>/dev/null)
  (( \${#found} )) && _describe waybill found || _files
}
(( $+functions[compdef] )) && compdef _waybill waybill
`,
  fish: `# waybill completion for fish; save as ~/.config/fish/completions/waybill.fish
function __waybill_complete
  set -l words (commandline -opc) (commandline -ct)
  waybill __complete $words[2..-1] 2>/dev/null
end
complete -c waybill -a '(__waybill_complete)'
`,
}
