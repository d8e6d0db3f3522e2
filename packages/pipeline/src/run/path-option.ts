import { describeValue, type OptionRule, ParameterError } from '@astronomaly/core'

/** A path, which must be given. */
export const pathOption: OptionRule<string, string> = (value, subject) => {
  if (typeof value !== 'string' || value === '' || value.includes('\0')) {
    throw new ParameterError(`${subject} must be a path. Received ${describeValue(value)}.`)
  }
  return value
}
