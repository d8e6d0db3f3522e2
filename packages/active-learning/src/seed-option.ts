import { createRandom, type OptionRule, type Seed } from '@astronomaly/core'

/** A seed, 0 where none is given, that streams of this purpose can be drawn from. */
export function seedOption(purpose: string): OptionRule<Seed, Seed> {
  return (value = 0) => {
    createRandom(value, purpose)
    return value
  }
}
