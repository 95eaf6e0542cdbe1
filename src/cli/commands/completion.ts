import { command } from '../command.ts'
import { completionScripts, shells } from '../completion-scripts.ts'
import { argument } from '../flags.ts'
import { usage } from '../usage.ts'

export default command<object, [string]>({
  description: 'Prints a script for bash, zsh or fish that completes commands, flags and their values.',
  examples: [
    { line: 'completion bash', about: 'for bash: eval "$(waybill completion bash)" in ~/.bashrc' },
    { line: 'completion fish', about: 'for fish: save it as ~/.config/fish/completions/waybill.fish' },
  ],
  outputs: ['text'],
  parameters: {
    flags: {},
    positional: { kind: 'tuple', parameters: [argument('shell', shells.join(', '))] },
  },
  run: async (_invocation, _flags, name) => {
    const shell = shells.find((one) => one === name)
    if (!shell) throw usage(`Found "${name}", expected ${shells.join(', ')}`, ['completion'])
    return { exit: 0, value: { kind: 'completion' }, text: () => completionScripts[shell] }
  },
})
