import { FormatError, ParameterError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeCard } from '../../src/fits/header/encode-card.ts'
import { parseCard } from '../../src/fits/header/parse-card.ts'
import { type FitsCard, type FitsHeader, parseFitsHeader } from '../../src/index.ts'
import { rawFits } from '../read-golden.ts'

const header = (...cards: string[]): FitsHeader =>
  parseFitsHeader(rawFits(['SIMPLE  =                    T', ...cards])).header
const value = (text: string): unknown => header(`KEY     = ${text}`).get('KEY')

describe('a header', () => {
  it.each<[string, unknown]>([
    ['                   42 / the answer', 42],
    ['42', 42],
    ['-007', -7],
    ['+5', 5],
    ['9223372036854775807', 9223372036854775807n],
    ['9223372036854775808', 2 ** 63],
    ['1.5E3', 1500],
    ['-2.5D-03', -0.0025],
    ['.5', 0.5],
    ['1.', 1],
    ['T', true],
    ["'it''s' / quoted", "it's"],
    ["'a / b'", 'a / b'],
    ["'trailing   '", 'trailing'],
    ["'  leading'", '  leading'],
    ["''", ''],
    ['(1.0, -2.5) / complex', '(1.0, -2.5)'],
    ['', null],
    ['  / undefined', null],
  ])('understands the value %j', (text, expected) => {
    expect(value(text)).toBe(expected)
  })

  it.each(['12abc', 'yes', "'open", "'a' b", '1.2.3', '--5', '1E400', '(1,2', 'NaN'])(
    'has an error for the value %j when it is asked for',
    (text) => {
      const own = header(`KEY     = ${text}`)
      expect(own.has('KEY')).toBe(true)
      expect(() => own.get('KEY')).toThrow(FormatError)
      expect(() => own.number('KEY')).toThrow(/KEY.*byte 80/)
    },
  )

  it('keeps comments, history and order, and takes the first of two cards', () => {
    const own = header(
      'COMMENT first',
      'HISTORY = not a value',
      '        blank',
      'A       = 1 / one',
      'A       = 2',
      'FREE    text',
    )
    expect(own.commentary('COMMENT')).toEqual(['first'])
    expect(own.commentary('HISTORY')).toEqual(['= not a value'])
    expect(own.commentary('')).toEqual(['blank'])
    expect(own.number('A')).toBe(1)
    expect(own.cards.map((card) => card.keyword)).toEqual(['SIMPLE', 'COMMENT', 'HISTORY', '', 'A', 'A', 'FREE'])
    expect(own.cards[4]).toMatchObject({ comment: 'one', offset: 320 })
    expect(own.has('FREE')).toBe(false)
  })

  it('joins long strings and understands HIERARCH', () => {
    const own = header(
      "LONG    = 'one &'",
      "CONTINUE  'two&' / about",
      "CONTINUE  ' three' / it",
      "AFTER   = 'ends in &'",
      'B       = 1',
      'HIERARCH ESO  tel  AIRM = 1.25 / mass',
    )
    expect(own.get('LONG')).toBe('one two three')
    expect(own.cards.find((card) => card.keyword === 'LONG')?.comment).toBe('about it')
    expect(own.get('AFTER')).toBe('ends in &')
    expect(own.number('B')).toBe(1)
    expect(own.number('ESO TEL AIRM')).toBe(1.25)
  })

  it('says what type it wanted', () => {
    const own = header("S       = 'text'", 'N       = 1.5', 'T       = T', 'U       =')
    expect(() => own.number('S')).toThrow('S must be a number. Received "text"')
    expect(() => own.integer('N')).toThrow('N must be an integer')
    expect(() => own.text('N')).toThrow('N must be a string')
    expect(() => own.boolean('N')).toThrow('N must be T or F')
    expect(own.boolean('T')).toBe(true)
    for (const key of ['U', 'ABSENT']) {
      expect([own.number(key), own.integer(key), own.text(key), own.boolean(key)]).toEqual([
        undefined,
        undefined,
        undefined,
        undefined,
      ])
    }
    expect(own.get('U')).toBeNull()
  })

  it('must have END and printable keywords', () => {
    const whole = rawFits(['SIMPLE  =                    T'])
    expect(() => parseFitsHeader(whole.subarray(0, 100), { source: 'a.fits' })).toThrow(/END.*a\.fits, keyword END/)
    const bytes = whole.slice()
    bytes[83] = 7
    expect(() => parseFitsHeader(bytes)).toThrow(/printable ASCII. Received byte 0x7. \(byte 83\)/)
    const comment = rawFits(['SIMPLE  =                    T / real'])
    comment[35] = 0xe9
    expect(parseFitsHeader(comment).header.cards[0]).toMatchObject({ value: true, comment: 're?l' })
  })
})

const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)),
  maxLength: 200,
})
const keyword = fc
  .stringMatching(/^[A-Z][A-Z0-9_-]{0,7}$/)
  .filter((k) => !/^(END|COMMENT|HISTORY|CONTINUE|HIERARCH)$/.test(k))
const words = fc.array(fc.stringMatching(/^[A-Z0-9_.-]{1,8}$/), { minLength: 2, maxLength: 3 }).map((w) => w.join(' '))
const scalar = fc.oneof(
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }).filter((n) => BigInt(Number(n)) !== n),
  fc.constant(null),
)

function reread(card: FitsCard): FitsCard {
  const lines = encodeCard(card)
  for (const line of lines) expect(line).toMatch(/^[\x20-\x7e]{80}$/)
  const { header: own } = parseFitsHeader(rawFits(lines))
  expect(own.cards).toHaveLength(1)
  return own.cards[0]!
}

describe('a written card', () => {
  it('reads as it was, whatever the number', () => {
    fc.assert(
      fc.property(fc.oneof(keyword, words), scalar, (key, own) => {
        const read = reread({ keyword: key, value: own, comment: 'why' })
        expect(read.keyword).toBe(key)
        expect(read.value).toStrictEqual(own)
        expect(read.comment).toBe('why')
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  it('reads as it was, whatever the string, without trailing spaces', () => {
    fc.assert(
      fc.property(fc.oneof(keyword, words), printable, fc.stringMatching(/^[a-z&'/]{0,64}$/), (key, text, comment) => {
        const read = reread({ keyword: key, value: text, comment })
        expect(read.keyword).toBe(key)
        expect(read.value).toBe(text.trimEnd())
        expect(read.comment ?? '').toBe(comment)
      }),
      { seed: 2, numRuns: 500 },
    )
  })

  it('holds commentary of any length', () => {
    expect(encodeCard({ keyword: 'HISTORY', comment: 'x'.repeat(100) }).map((line) => line.trimEnd().length)).toEqual([
      80, 36,
    ])
    expect(encodeCard({ keyword: 'COMMENT' })).toEqual(['COMMENT'.padEnd(80)])
  })

  it.each<[string, FitsCard]>([
    ['not finite', { keyword: 'A', value: Number.NaN }],
    ['not ASCII', { keyword: 'A', value: 'é' }],
    ['a comment that is not ASCII', { keyword: 'A', value: 1, comment: 'µ' }],
    ['a comment that does not fit', { keyword: 'A', value: 1, comment: 'x'.repeat(60) }],
    ['a long string with a long comment', { keyword: 'A', value: 'x'.repeat(70), comment: 'x'.repeat(65) }],
    ['a keyword of other characters', { keyword: 'A=B', value: 1 }],
    ['no value', { keyword: 'A' }],
    ['commentary with a value', { keyword: 'HISTORY', value: 'x' }],
  ])('is refused with %s', (_, card) => {
    expect(() => encodeCard(card)).toThrow(ParameterError)
  })
})

describe('a card of any bytes', () => {
  it('is parsed without an exception and keeps its keyword', () => {
    const text = fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)),
      minLength: 80,
      maxLength: 80,
    })
    fc.assert(
      fc.property(text, fc.boolean(), (own, asValue) => {
        const line = asValue ? `KEYWORD = ${own.slice(10)}` : own
        const { card } = parseCard(line, 0)
        expect('value' in card || 'comment' in card || 'problem' in card).toBe(true)
        if (typeof card.value === 'number') expect(Number.isFinite(card.value)).toBe(true)
      }),
      { seed: 3, numRuns: 2000 },
    )
  })
})
