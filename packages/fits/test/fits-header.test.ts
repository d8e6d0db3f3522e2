import { readdir } from 'node:fs/promises'
import { AstronomalyError, FormatError, ParameterError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../test/shared-data.ts'
import { encodeCard } from '../src/header/encode-card.ts'
import { parseCard } from '../src/header/parse-card.ts'
import {
  encodeFits,
  encodeFitsHeader,
  encodeFitsImage,
  type FitsCard,
  FitsHeader,
  listHdus,
  openFits,
  parseFitsHeader,
  readFitsImage,
} from '../src/index.ts'
import { fileByteSource } from '../src/node.ts'
import { oddCards } from './fits-specimens.ts'
import { rawFits } from './read-golden.ts'

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

  it('takes keywords in upper and lower case for the same', () => {
    const own = new FitsHeader([
      { keyword: 'exptime', value: 30 },
      { keyword: 'EXPTIME', value: 60 },
      { keyword: 'bitpix', value: 8 },
    ])
    expect(own.get('Exptime')).toBe(30)
    expect(own.has('EXPTIME')).toBe(true)
    expect(own.all('EXPTIME')).toHaveLength(2)
    expect(own.with('EXPTIME', 5).all('exptime')).toMatchObject([{ value: 5 }, { value: 60 }])
    expect(own.without('EXPTIME').withoutStructure().cards).toEqual([])
    expect(() => own.text('exptime')).toThrow(FormatError)
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
    const padded = whole.slice().fill(0, 83)
    expect(parseFitsHeader(padded)).toEqual(parseFitsHeader(whole))
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
        const { card } = parseCard(line)
        expect('value' in card || 'comment' in card || 'problem' in card).toBe(true)
        if (typeof card.value === 'number') expect(Number.isFinite(card.value)).toBe(true)
      }),
      { seed: 3, numRuns: 2000 },
    )
  })
})

describe('a header that was read', () => {
  const bytes = rawFits(['SIMPLE  =                    T', ...oddCards])
  const odd = parseFitsHeader(bytes).header

  it('is written as it was, byte for byte', () => {
    expect(Buffer.from(encodeFitsHeader(odd)).toString('latin1')).toBe(Buffer.from(bytes).toString('latin1'))
    expect(odd.get('LONGSTR')).toBe('a string that goes on and on')
    expect(odd.cards.find(({ keyword }) => keyword === 'LONGSTR')?.raw).toHaveLength(240)
  })

  it('keeps the text of what was not changed when a card is', () => {
    const changed = odd.with('gain', 2.5).with('OBJECT', 'M 32', 'its neighbour').with('NEW', true).without('EXPTIME')
    const text = Buffer.from(encodeFitsHeader(changed)).toString('latin1')
    const lines = text.match(/.{80}/g)!.map((line) => line.trimEnd())
    expect(lines.slice(0, 14)).toEqual([
      'SIMPLE  =                    T',
      'COMMENT   three   spaces',
      "OBJECT  = 'M 32    '           / its neighbour",
      '',
      'HISTORY = like a value',
      ...oddCards.slice(6, 10),
      'GAIN    =                  2.5',
      ...oddCards.slice(11),
      'NEW     =                    T',
      'END',
    ])
    // The header itself is as it was.
    expect(odd.number('GAIN')).toBe(2)
    expect(odd.all('EXPTIME').map(({ value }) => value)).toEqual([30, 30])
    const kept = odd.with('EXPTIME', 60)
    expect(kept.all('EXPTIME').map(({ value, comment }) => [value, comment])).toEqual([
      [60, '[s] exposure'],
      [30, 'given twice'.padStart(15, '[s] ')],
    ])
  })

  it('grows at its end, by cards that can be written', () => {
    const grown = odd.append({ keyword: 'HISTORY', comment: 'flat-fielded' }, { keyword: 'ESO DET ID', value: 'x' })
    expect(grown.commentary('HISTORY')).toEqual(['= like a value', 'flat-fielded'])
    expect(parseFitsHeader(encodeFitsHeader(grown)).header.text('ESO DET ID')).toBe('x')
    expect(() => odd.append({ keyword: 'A', value: 'é' })).toThrow(ParameterError)
    expect(() => odd.with('A', Number.NaN)).toThrow(ParameterError)
    expect(() => odd.with('END', 1)).toThrow('keyword must not be END')
  })

  it('gives complex values as two numbers', () => {
    const own = header(
      'Z       = (1.5, -2D3) / complex',
      "T       = '(1,2)'",
      "W       = '(1,)'",
      'N       = 4',
      'U       =',
    )
    expect(own.complex('Z')).toEqual([1.5, -2000])
    expect(own.complex('T')).toEqual([1, 2])
    expect(own.complex('U')).toBeUndefined()
    expect(own.complex('NONE')).toBeUndefined()
    for (const keyword of ['W', 'N']) expect(() => own.complex(keyword)).toThrow(/must be a complex number/)
  })

  it('is taken over by another file without what told how it was stored', async () => {
    const first = encodeFitsImage({
      data: Uint16Array.of(1, 2, 60_000, 4),
      shape: [2, 2],
      header: [
        { keyword: 'OBJECT', value: 'M 31' },
        { keyword: 'HISTORY', comment: 'taken' },
      ],
    })
    const read = await readFitsImage(first)
    expect(Array.from(read.data)).toEqual([1, 2, 60_000, 4])
    const again = await readFitsImage(encodeFitsImage({ data: read.data, shape: read.shape, header: read.header }))
    expect(again.data).toEqual(read.data)
    expect(again.header.cards.map(({ keyword }) => keyword)).toEqual([
      ...['SIMPLE', 'BITPIX', 'NAXIS', 'NAXIS1', 'NAXIS2', 'OBJECT', 'HISTORY', 'DATASUM', 'CHECKSUM'],
    ])
    const several = encodeFits([{ header: read.header }, { image: read, header: read.header, name: 'SCI' }])
    const [primary, science] = await listHdus(several)
    expect([primary!.header.text('OBJECT'), science!.header.text('OBJECT')]).toEqual(['M 31', 'M 31'])
  })

  it('does not believe a raw text that says something else', () => {
    const line = "OBJECT  = 'M 31    '".padEnd(80)
    const [card] = parseFitsHeader(rawFits([line])).header.cards
    expect(encodeFitsHeader([card!])).toEqual(encodeFitsHeader([{ keyword: 'OBJECT', value: 'M 31', raw: line }]))
    const own = (raw: string): string =>
      Buffer.from(encodeFitsHeader([{ keyword: 'OBJECT', value: 'M 31', raw }])).toString('latin1')
    const fresh = own('')
    for (const raw of [
      line.slice(1),
      `${line}${line}`,
      `${line}${'END'.padEnd(80)}`,
      'END'.padEnd(80),
      line.replace('31', '32'),
    ]) {
      expect(own(raw)).toBe(fresh)
    }
  })

  it('keeps bytes that are no ASCII where they were', () => {
    const whole = rawFits(['SIMPLE  =                    T / cafe'])
    const bytes = whole.slice()
    bytes[36] = 0xe9
    const own = parseFitsHeader(bytes).header
    expect(own.cards[0]).toMatchObject({ value: true, raw: expect.stringContaining('\u00e9') })
    expect(Buffer.compare(encodeFitsHeader(own), bytes)).toBe(0)
  })
})

describe('any header text', () => {
  const line = fc
    .oneof(
      fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)), maxLength: 80 }),
      fc
        .tuple(fc.stringMatching(/^[A-Z0-9_-]{1,8}$/), fc.stringMatching(/^[ 0-9TF'&/.A-E(),+-]{0,60}$/))
        .map(([key, text]) => `${key.padEnd(8)}= ${text}`),
      fc.stringMatching(/^CONTINUE {2}'[a-z ]{0,20}&?'( \/ [a-z]{1,9})?$/),
      fc.stringMatching(/^[A-Z]{1,8} {0,3}= '[a-z']{0,20}&'$/),
      fc.stringMatching(/^HIERARCH [A-Za-z ]{1,20}= [0-9]{1,5}$/),
    )
    .map((text) => text.padEnd(80).slice(0, 80))
    .filter((text) => !text.startsWith('END     '))

  it('is written as it was read', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const bytes = rawFits(lines)
        expect(Buffer.compare(encodeFitsHeader(parseFitsHeader(bytes).header), bytes)).toBe(0)
      }),
      { seed: 4, numRuns: 600 },
    )
  })

  it('says the same when its cards are written anew, or cannot be written', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const { cards } = parseFitsHeader(rawFits(lines)).header
        for (const { raw, offset, ...card } of cards) {
          let own: Uint8Array
          try {
            own = encodeFitsHeader([card])
          } catch (error) {
            expect(error).toBeInstanceOf(AstronomalyError)
            continue
          }
          const { raw: _, offset: __, comment, ...read } = parseFitsHeader(own).header.cards[0]!
          const { comment: expected, ...rest } = card
          expect({ ...read, comment: comment ?? '' }).toEqual({ ...rest, comment: expected ?? '' })
        }
      }),
      { seed: 5, numRuns: 600 },
    )
  })
})

describe.runIf(hasShared)('every real header', () => {
  it('is written as it stands in its file', async () => {
    const root = sharedFile('data')
    const files = (await readdir(root, { recursive: true })).filter((file) => /\.(fits|fit)(\.gz|\.fz)?$/.test(file))
    expect(files.length).toBeGreaterThanOrEqual(190)
    let headers = 0
    for (const path of files.sort()) {
      const source = await fileByteSource(`${root}/${path}`)
      const read = async (): Promise<void> => {
        const file = await openFits(source)
        for await (const { header, headerOffset, dataOffset } of file.hdus()) {
          const own = await file.source.slice(headerOffset, dataOffset)
          expect(Buffer.compare(encodeFitsHeader(header), own), `${path} ${headerOffset}`).toBe(0)
          headers++
        }
      }
      await read().catch((error: unknown) => {
        if (!(error instanceof AstronomalyError)) throw error
      })
      await source.close()
    }
    expect(headers).toBeGreaterThan(400)
  })
})
