import { describeValue } from './describe-value.ts'
import { ParameterError } from './errors.ts'

/**
 * Rejects option names that a call does not know, so that a misspelt option is an error and not a silent default.
 *
 * @throws ParameterError
 */
export function assertKnownKeys(subject: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new ParameterError(`${subject}: options must be an object. Received ${describeValue(options)}.`)
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new ParameterError(`${subject}: unknown option '${key}'. Known: ${known.join(', ')}.`)
    }
  }
}

/** The allowed range of a numeric option; bounds are included unless said otherwise. */
export interface NumberRule {
  readonly min?: number
  readonly max?: number
  readonly above?: number
  readonly below?: number
  readonly integer?: boolean
}

/**
 * Returns `value` when it is a finite number that satisfies `rule`.
 *
 * @param subject - Begins the message, such as `'sigmaClip: sigma'`.
 * @throws ParameterError
 */
export function checkNumber(subject: string, value: unknown, rule: NumberRule = {}): number {
  const rules: string[] = []
  if (rule.integer) rules.push('be an integer')
  if (rule.min !== undefined) rules.push(`be >= ${rule.min}`)
  if (rule.max !== undefined) rules.push(`be <= ${rule.max}`)
  if (rule.above !== undefined) rules.push(`be > ${rule.above}`)
  if (rule.below !== undefined) rules.push(`be < ${rule.below}`)
  const ok =
    typeof value === 'number' &&
    Number.isFinite(value) &&
    !(rule.integer && !Number.isInteger(value)) &&
    !(rule.min !== undefined && value < rule.min) &&
    !(rule.max !== undefined && value > rule.max) &&
    !(rule.above !== undefined && value <= rule.above) &&
    !(rule.below !== undefined && value >= rule.below)
  if (!ok) {
    throw new ParameterError(
      `${subject} must ${rules.join(' and ') || 'be a finite number'}. Received ${describeValue(value)}.`,
    )
  }
  return value
}

/** Returns `value` when it is one of `allowed`. @throws ParameterError */
export function checkOneOf<const T extends string>(subject: string, value: unknown, allowed: readonly T[]): T {
  if (!allowed.includes(value as T)) {
    throw new ParameterError(`${subject} must be one of ${allowed.join(', ')}. Received ${describeValue(value)}.`)
  }
  return value as T
}

/**
 * How one option of a call is resolved: from what the caller gave, or from undefined where nothing was given, to what the call works
 * with.
 *
 * @param subject - Begins a message, such as `'sigmaClip: sigma'`.
 * @throws ParameterError for a value that is not allowed.
 */
export type OptionRule<Given, Resolved = unknown> = (value: Given | undefined, subject: string) => Resolved

/** One rule for each option of an interface: a forgotten one does not compile. */
export type OptionRules<Options extends object> = {
  readonly [Key in keyof Options]-?: OptionRule<Exclude<Options[Key], undefined>>
}

/** What {@link resolveOptions} makes of options by such rules. */
export type ResolvedOptions<Rules> = {
  readonly [Key in keyof Rules]: Rules[Key] extends OptionRule<never, infer Resolved> ? Resolved : never
}

/**
 * Resolves the options of a call: defaults, checks and the resolved type come from its rules, and there is no other list of its keys.
 *
 * @param subject - The call's name; messages begin with it. Within an option that is an object itself, the subject that its rule was
 * given: `'f: box'` leads to `'f: box.width must be …'`.
 * @param options - Not changed. An option that is undefined is one that was not given.
 * @param rules - One for each option.
 * @throws ParameterError for options that are no object, an unknown key, or what a rule rejects.
 */
export function resolveOptions<Options extends object, const Rules extends OptionRules<Options>>(
  subject: string,
  options: Options | undefined,
  rules: Rules & { readonly [Key in Exclude<keyof Rules, keyof Options>]: never },
): ResolvedOptions<Rules> {
  const given: object = options === undefined ? {} : options
  assertKnownKeys(subject, given, Object.keys(rules))
  const joint = subject.includes(': ') ? '.' : ': '
  const resolved = Object.entries<OptionRule<unknown>>(rules as never).map(([key, rule]) => [
    key,
    rule((given as Record<string, unknown>)[key], `${subject}${joint}${key}`),
  ])
  return Object.fromEntries(resolved) as ResolvedOptions<Rules>
}

/** A number by a rule, or `fallback` where none is given. */
export function numberOption<Fallback extends number | null | undefined>(
  fallback: Fallback,
  rule: NumberRule = {},
): OptionRule<number, number | Fallback> {
  return (value, subject) => (value === undefined ? fallback : checkNumber(subject, value, rule))
}

/** One of some words, or `fallback` where none is given. */
export function choiceOption<const Choice extends string, const Fallback extends Choice | null | undefined>(
  allowed: readonly Choice[],
  fallback: Fallback,
): OptionRule<Choice, Choice | Fallback> {
  return (value, subject) => (value === undefined ? fallback : checkOneOf(subject, value, allowed))
}

/** True or false, or `fallback` where neither is given. */
export function flagOption(fallback: boolean): OptionRule<boolean, boolean> {
  return (value, subject) => {
    if (value !== undefined && typeof value !== 'boolean') {
      throw new ParameterError(`${subject} must be true or false. Received ${describeValue(value)}.`)
    }
    return value ?? fallback
  }
}

/** Text, or `fallback` where none is given. */
export function textOption<Fallback extends string | null | undefined>(
  fallback: Fallback,
): OptionRule<string, string | Fallback> {
  return (value, subject) => {
    if (value !== undefined && typeof value !== 'string') {
      throw new ParameterError(`${subject} must be text. Received ${describeValue(value)}.`)
    }
    return value ?? fallback
  }
}

/** A value as it was given, undefined where none is: what the call only passes on, and whoever takes it checks. */
export function passedOption<Value>(): OptionRule<Value, Value | undefined> {
  return (value) => value
}

/**
 * A copy without the properties that are undefined.
 *
 * @remarks For records in which absence is the only way to say that there is none, such as JSON and messages.
 */
export function definedOnly<Value extends object>(
  value: Value,
): { [Key in keyof Value as undefined extends Value[Key] ? never : Key]: Value[Key] } & {
  [Key in keyof Value as undefined extends Value[Key] ? Key : never]?: Exclude<Value[Key], undefined>
} {
  return Object.fromEntries(Object.entries(value).filter(([, held]) => held !== undefined)) as never
}

/** Options of which every one has a value: what the caller gave, or the default. */
export type Filled<Options extends object> = {
  readonly [Key in keyof Options]-?: Exclude<Options[Key], undefined>
}
