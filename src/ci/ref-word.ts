import type { Word } from './flow.ts'

/** `--ref ci` counts only where the branch or tag has started the run: as an input `ref`, empty everywhere else. */
export function refAsInput(words: readonly Word[]): readonly Word[] {
  return words.flatMap((word, index) => {
    if (word === '--ref') return []
    const isItsValue = typeof word === 'string' && words[index - 1] === '--ref'
    return isItsValue ? [{ given: 'ref', words: ['--ref', word] }] : [word]
  })
}
