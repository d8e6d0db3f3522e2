import { shellWord } from '@astronomaly/pipeline'
import type { Command, Option } from 'commander'

/** How npm was asked for the script that calls the command line. */
export interface NpmCall {
  /** The subcommand whose options count. */
  readonly command: string
  /** What stands before the words, with the `--` that belongs there, such as `npm run astronomaly -- rank`. */
  readonly call: string
  /** The words that npm handed on, without the subcommand. */
  readonly words: readonly string[]
  /** The environment that npm made. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Settings of npm itself that options of ours are called like. */
const ofNpm: ReadonlySet<string> = new Set(['json', 'version', 'help'])

const nameOf = ({ long = '', negate }: Option): string => long.slice(negate ? 5 : 2)

/**
 * What to say when npm has taken options for its own because the `--` before them is missing: it turns `--out Y` into a setting `out`
 * and a word `Y`.
 *
 * @param command - The subcommand that was meant.
 * @returns The error with the command as it should be, where one option has lost its value with that value in its place; undefined when npm
 * has taken none.
 */
export function missingDashes(command: Command, { call, words, env }: NpmCall): string | undefined {
  const options = new Map(command.options.map((option) => [nameOf(option), option]))
  const taken = [...options].flatMap(([name, option]) => {
    const value = ofNpm.has(name) ? undefined : env[`npm_config_${name.replaceAll('-', '_')}`]
    return value === undefined ? [] : [{ name, option, value }]
  })
  if (taken.length === 0) return undefined
  const tail = words.findIndex((word) => word.startsWith('-'))
  const plain = tail < 0 ? words : words.slice(0, tail)
  const count = command.registeredArguments.length
  const strays = plain.slice(count)
  const lost = taken.filter(({ option, value }) => (option.required || option.optional) && value === 'true')
  const known = lost.length === 1 && strays.length === 1 ? shellWord(strays[0]!) : undefined
  const written = taken.map(({ name, option, value }) => {
    if (!option.required && !option.optional) return value === '' ? `--no-${name}` : `--${name}`
    const placeholder = /<.*>/.exec(option.flags)?.[0] ?? '<value>'
    return `--${name} ${value === 'true' ? (known ?? placeholder) : shellWord(value)}`
  })
  const right = [...plain.slice(0, count).map((word) => shellWord(word)), ...written, ...words.slice(plain.length)]
  return (
    `npm has taken ${taken.map(({ name }) => `--${name}`).join(', ')} for itself: a -- must stand before all options. Type\n` +
    `  ${call} ${right.join(' ')}`
  )
}
