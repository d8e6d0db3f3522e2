import { describe, expect, it } from 'vitest'
import { parseRetryAfter } from '../../src/http/retry-after.ts'

const now = Date.UTC(1994, 10, 6, 8, 49, 0)

describe('parseRetryAfter', () => {
  it.each([
    ['0', 0],
    [' 120 ', 120_000],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
    ['Sun Nov  6 08:49:37 1994', 37_000],
    ['Sun, 06 Nov 1994 08:48:00 GMT', 0],
  ])('reads %j', (value, ms) => {
    expect(parseRetryAfter(value, now)).toBe(ms)
  })

  it.each([null, '', '-1', '1.5', 'soon', '1e3', '1994-11-06', 'Xxx, yesterday GMT'])('passes over %j', (value) => {
    expect(parseRetryAfter(value, now)).toBeUndefined()
  })

  it('stays finite for absurd numbers', () => {
    expect(parseRetryAfter('9'.repeat(400), now)).toBe(Number.MAX_SAFE_INTEGER)
  })
})
