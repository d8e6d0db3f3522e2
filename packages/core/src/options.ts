import { describeValue } from './describe-value.ts'
import { ParameterError } from './errors.ts'

/**
 * Rejects option names that a call does not know, so that a misspelt option is an error and not a silent default.
 *
 * @throws {@link ParameterError}
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
 * @throws {@link ParameterError}
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

/** Returns `value` when it is one of `allowed`. @throws {@link ParameterError} */
export function checkOneOf<const T extends string>(subject: string, value: unknown, allowed: readonly T[]): T {
  if (!allowed.includes(value as T)) {
    throw new ParameterError(`${subject} must be one of ${allowed.join(', ')}. Received ${describeValue(value)}.`)
  }
  return value as T
}
