import { AstronomalyError, FormatError, NotFoundError, ParameterError, UnsupportedError } from '@astronomaly/core'
import type { Table, TableColumn } from '@astronomaly/core/table'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeVoTable } from '../../../src/table/votable/encode-votable.ts'
import { parseVoTable, type VoTable, type VoTableOptions } from '../../../src/table/votable/parse-votable.ts'
import { VoTableFeed } from '../../../src/table/votable/read-votable.ts'

const document = (table: string, around = ''): string =>
  `<?xml version="1.0"?>\n<VOTABLE version="1.4"><RESOURCE>${around}<TABLE>${table}</TABLE></RESOURCE></VOTABLE>`
const data = (rows: string): string => `<DATA><TABLEDATA>${rows}</TABLEDATA></DATA>`
const parse = (text: string, options?: VoTableOptions): Promise<VoTable> =>
  parseVoTable(text, { source: 'a.xml', ...options })

/** The values of one field whose cells are given as TABLEDATA writes them. */
async function valuesOf(field: string, cells: readonly string[]): Promise<TableColumn['values']> {
  const rows = cells.map((cell) => `<TR><TD>${cell}</TD></TR>`).join('')
  const { columns } = await parse(
    document(`<FIELD name="x" ${field}${field.endsWith('>') ? '</FIELD>' : '/>'}${data(rows)}`),
  )
  return (columns.get('x') as TableColumn).values
}

const base64 = (bytes: readonly number[]): string => Buffer.from(bytes).toString('base64')
const binary = (fields: string, kind: string, bytes: readonly number[]): string =>
  document(`${fields}<DATA><${kind}><STREAM encoding="base64">${base64(bytes)}</STREAM></${kind}></DATA>`)

describe('parseVoTable', () => {
  it('gives columns with units, descriptions and UCDs, and what the document says', async () => {
    const table = await parse(`<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment --><?instruction?>
<vot:VOTABLE xmlns:vot="http://www.ivoa.net/xml/VOTable/v1.3" version="1.3">
<vot:DESCRIPTION>An answer</vot:DESCRIPTION>
<vot:RESOURCE type="results">
<vot:INFO name="QUERY_STATUS" value="OK"/><vot:COOSYS ID="s" system="ICRS"/>
<vot:TABLE name="stars" ID="t1"><vot:DESCRIPTION>Bright
  stars</vot:DESCRIPTION>
<vot:PARAM name="release" datatype="char" arraysize="*" value="dr&#49;0" ucd="meta.version"/>
<vot:FIELD name="ra" datatype="double" unit="deg" ucd="pos.eq.ra"><vot:DESCRIPTION>Right ascension</vot:DESCRIPTION>
<vot:VALUES><vot:MIN value="0"/></vot:VALUES></vot:FIELD>
<vot:FIELD ID="when" datatype="char" arraysize="*" xtype="timestamp" utype="u:t"/>
<vot:DATA><vot:TABLEDATA>
 <vot:TR><vot:TD> 1.5 </vot:TD><vot:TD><![CDATA[a<b]]>&amp;&#xe9;</vot:TD></vot:TR>
 <vot:TR><vot:TD/><vot:TD/></vot:TR>
</vot:TABLEDATA></vot:DATA></vot:TABLE>
<vot:INFO name="QUERY_STATUS" value="OVERFLOW">limit  reached</vot:INFO>
</vot:RESOURCE></vot:VOTABLE>
`)
    expect(table).toMatchObject({ rowCount: 2, name: 'stars', description: 'Bright stars' })
    expect(table.columns.get('ra')).toEqual({
      values: Float64Array.of(1.5, Number.NaN),
      width: 1,
      unit: 'deg',
      ucd: 'pos.eq.ra',
      description: 'Right ascension',
    })
    expect(table.columns.get('when')?.values).toEqual(['a<b&é', ''])
    expect(table.fields[1]).toEqual({
      name: 'when',
      id: 'when',
      datatype: 'char',
      arraysize: '*',
      xtype: 'timestamp',
      utype: 'u:t',
    })
    expect(table.params).toEqual([
      { name: 'release', datatype: 'char', arraysize: '*', ucd: 'meta.version', value: 'dr10' },
    ])
    expect(table.infos).toEqual([
      { name: 'QUERY_STATUS', value: 'OK', text: '' },
      { name: 'QUERY_STATUS', value: 'OVERFLOW', text: 'limit reached' },
    ])
  })

  it('reads numbers of every spelling, and missing ones', async () => {
    expect(
      await valuesOf('datatype="double"', [
        '-1.5e3',
        '+2',
        '.5',
        '5.',
        'NaN',
        'nan',
        'Inf',
        '+Inf',
        '-Infinity',
        '',
        ' \n',
      ]),
    ).toEqual(
      Float64Array.of(-1500, 2, 0.5, 5, Number.NaN, Number.NaN, Infinity, Infinity, -Infinity, Number.NaN, Number.NaN),
    )
    expect(await valuesOf('datatype="float"', ['0.1'])).toEqual(Float32Array.of(0.1))
    expect(await valuesOf('datatype="int"', ['-5', '+7', '0x1F', '-0'])).toEqual(Int32Array.of(-5, 7, 31, 0))
    expect(await valuesOf('datatype="short"', ['-5', ''])).toEqual(Float64Array.of(-5, Number.NaN))
    expect(await valuesOf('datatype="short"><VALUES null="-99"/>', ['-5', '-99', '1'])).toEqual(
      Float64Array.of(-5, Number.NaN, 1),
    )
    expect(await valuesOf('datatype="unsignedByte"><VALUES null="-1"/>', ['5', '-1'])).toEqual(
      Float64Array.of(5, Number.NaN),
    )
    expect(await valuesOf('datatype="float"><VALUES null="-99.5"/>', ['5', '-99.50'])).toEqual(
      Float32Array.of(5, Number.NaN),
    )
    // -99.9 is no float32: text has it exactly, binary data rounded (C2 C7 CC CD).
    const rounded = '<FIELD name="x" datatype="float"><VALUES null="-99.9"/></FIELD>'
    expect(await valuesOf('datatype="float"><VALUES null="-99.9"/>', ['-99.9'])).toEqual(Float32Array.of(Number.NaN))
    const stored = await parse(binary(rounded, 'BINARY', [0xc2, 0xc7, 0xcc, 0xcd]))
    expect(stored.columns.get('x')?.values).toEqual(Float32Array.of(Number.NaN))
    expect(await valuesOf('datatype="boolean"', ['T', 'true', '1', 'f', 'False', '0'])).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ])
    expect(await valuesOf('datatype="boolean"', ['T', '?', 'F'])).toEqual(Float64Array.of(1, Number.NaN, 0))
    expect(await valuesOf('datatype="long"', ['9007199254740991', '', '-0'])).toEqual(
      Float64Array.of(2 ** 53 - 1, Number.NaN, 0),
    )
    expect(await valuesOf('datatype="long"', ['7', '', '9007199254740993', '-1'])).toEqual([
      '7',
      '',
      '9007199254740993',
      '-1',
    ])
    expect(
      await valuesOf('datatype="long"><VALUES null="-9223372036854775808"/>', ['7', '-9223372036854775808']),
    ).toEqual(Float64Array.of(7, Number.NaN))
  })

  it('reads arrays in the order of the document, and strings of several axes', async () => {
    expect(await valuesOf('datatype="floatComplex" arraysize="2"', ['1 2 3 -4', ''])).toEqual(
      Float32Array.of(1, 2, 3, -4, Number.NaN, Number.NaN, Number.NaN, Number.NaN),
    )
    expect(await valuesOf('datatype="bit" arraysize="4"', ['10 11', '0001'])).toEqual(
      Uint8Array.of(1, 0, 1, 1, 0, 0, 0, 1),
    )
    expect(await valuesOf('datatype="char" arraysize="3x2"', ['ab cd', 'abcdef', ''])).toEqual([
      'ab',
      'cd',
      'abc',
      'def',
      '',
      '',
    ])
    const { columns } = await parse(
      document(
        `<FIELD name="x" datatype="int" arraysize="8*"/>${data('<TR><TD>1 2</TD></TR><TR><TD/></TR><TR><TD>3</TD></TR>')}`,
      ),
    )
    expect(columns.get('x')).toEqual({ values: Int32Array.of(1, 2, 3), width: 0, offsets: Uint32Array.of(0, 2, 2, 3) })
  })

  it('takes the first table, or one by its number, name or ID', async () => {
    const text = `<VOTABLE><RESOURCE><TABLE name="a"><FIELD name="x" datatype="int"/>${data('<TR><TD>1</TD></TR>')}</TABLE>
<RESOURCE><TABLE ID="b"><DESCRIPTION>other</DESCRIPTION><FIELD name="y" datatype="int"/>${data('<TR><TD>2</TD></TR>')}</TABLE></RESOURCE></RESOURCE></VOTABLE>`
    expect([...(await parse(text)).columns.keys()]).toEqual(['x'])
    for (const table of [1, 'b']) {
      const found = await parse(text, { table })
      expect([found.description, found.columns.get('y')?.values]).toEqual(['other', Int32Array.of(2)])
    }
    await expect(parse(text, { table: 2 })).rejects.toThrow(NotFoundError)
    await expect(parse(text, { table: 'c' })).rejects.toThrow(
      /table must exist\. Received "c"; the document has 2 \(a\.xml\)/,
    )
  })

  it('gives the infos of a document without a table, and the fields of one without data', async () => {
    const error = await parse(
      '<VOTABLE><RESOURCE><INFO name="QUERY_STATUS" value="ERROR">no such column</INFO></RESOURCE></VOTABLE>',
    )
    expect(error).toMatchObject({
      rowCount: 0,
      infos: [{ name: 'QUERY_STATUS', value: 'ERROR', text: 'no such column' }],
    })
    const bare = await parse(document('<FIELD name="x" datatype="int"/>'))
    expect([bare.rowCount, bare.columns.get('x')?.values]).toEqual([0, new Int32Array(0)])
  })

  it('gives a name that occurs again its number', async () => {
    const fields = '<FIELD name="f" datatype="int"/>'.repeat(2)
    expect([...(await parse(document(`${fields}${data('<TR><TD>1</TD><TD>2</TD></TR>')}`))).columns.keys()]).toEqual([
      'f',
      'f_2',
    ])
  })

  it('takes the flags of BINARY2 for missing values, and NULs for the ends of strings', async () => {
    const fields =
      '<FIELD name="n" datatype="short"/><FIELD name="s" datatype="char" arraysize="4"/><FIELD name="b" datatype="boolean"/>'
    const rows = [0b1000_0000, 0, 5, 97, 0, 98, 99, 0x54, 0b0110_0000, 0, 6, 97, 98, 99, 100, 0x46]
    const { columns } = await parse(binary(fields, 'BINARY2', rows))
    expect(columns.get('n')?.values).toEqual(Float64Array.of(Number.NaN, 6))
    expect(columns.get('s')?.values).toEqual(['a', ''])
    expect(columns.get('b')?.values).toEqual(Float64Array.of(1, Number.NaN))
  })

  it('reads UTF-8, UTF-16 and ISO-8859-1 by mark and declaration', async () => {
    const text = document(`<FIELD name="é" datatype="unicodeChar" arraysize="*"/>${data('<TR><TD>ü</TD></TR>')}`)
    const declared = (encoding: string): string => text.replace('?>', ` encoding="${encoding}"?>`)
    const documents = [
      Buffer.from(text),
      Buffer.from(`\uFEFF${declared('UTF-8')}`),
      Buffer.from(`\uFEFF${declared('UTF-16')}`, 'utf16le'),
      Buffer.from(`\uFEFF${declared('UTF-16')}`, 'utf16le').swap16(),
      Buffer.from(text, 'utf16le'),
      Buffer.from(declared('ISO-8859-1'), 'latin1'),
    ]
    for (const bytes of documents) expect((await parseVoTable(bytes)).columns.get('é')?.values).toEqual(['ü'])
    await expect(parseVoTable(Buffer.from(declared('EBCDIC')))).rejects.toThrow(UnsupportedError)
    await expect(parseVoTable(Buffer.from(text, 'latin1'))).rejects.toThrow(FormatError)
  })

  it('reads the same whatever the pieces that the document comes in', async () => {
    const text = document(
      `<FIELD name="a&amp;b" datatype="double"/><FIELD name='t' datatype="char" arraysize="*"/>${data(
        '<TR ><TD>1.25</TD><TD>x &lt; <!-- no --> &#233;\r\n<![CDATA[ ]] > ]]></TD></TR >\n<TR><TD/><TD>☃</TD></TR>',
      )}`,
      '<!-- - -- ><DESCRIPTION a="1>2"/>'.replace('-- >', '-->'),
    )
    const bytes = new TextEncoder().encode(text)
    const wanted = await parseVoTable(bytes)
    expect(wanted.columns.get('t')?.values).toEqual(['x <  é\n ]] > ', '☃'])
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 20, maxLength: 60 }), (sizes) => {
        const feed = new VoTableFeed({ source: 'a', table: 0 }, 2 ** 20, true)
        let at = 0
        for (const size of [...sizes, text.length]) {
          for (const _ of feed.text(text.slice(at, at + size)));
          at += size
        }
        for (const _ of feed.finish());
        const { document: read } = feed
        for (const column of read.columns ?? []) {
          expect(column.take(read.rows, column.columnType())).toEqual(wanted.columns.get(column.field.name))
        }
      }),
      { seed: 3, numRuns: 100 },
    )
  })

  it.each([
    ['nothing', '', /document must have an element/],
    ['a web page', '<html></html>', /root element must be VOTABLE\. Received html/],
    ['text', 'id,ra\n', /text must stand inside the root element|must be/],
    [
      'a cut document',
      document(data('')).slice(0, 60),
      /element \w+ must be closed\. Received the end of the document/,
    ],
    ['a cut comment', '<VOTABLE><!-- ', /element VOTABLE must be closed/],
    ['elements that cross', '<VOTABLE><A></VOTABLE></A>', /element A must be closed\. Received "<\/VOTABLE>"/],
    ['two roots', '<VOTABLE/><VOTABLE/>', /one root element/],
    ['an entity of its own', '<!DOCTYPE V [<!ENTITY a "b">]><VOTABLE/>', /must not declare anything/],
    [
      'an external entity',
      '<!DOCTYPE V [<!ENTITY a SYSTEM "file:///etc/passwd">]><VOTABLE>&a;</VOTABLE>',
      /must not declare anything/,
    ],
    [
      'an unknown entity',
      document('<DESCRIPTION>&nbsp;</DESCRIPTION>'),
      /references must be to .* Received "&nbsp;" .*keyword DESCRIPTION/,
    ],
    ['a reference to no character', document('<DESCRIPTION>&#0;</DESCRIPTION>'), /references must be to/],
    ['a huge reference', document('<DESCRIPTION>&#x110000;</DESCRIPTION>'), /references must be to/],
    ['a bare ampersand', document('<DESCRIPTION>a & b</DESCRIPTION>'), /references must be to/],
    ['a control character', document('<DESCRIPTION>\u0001</DESCRIPTION>'), /XML's characters\. Received U\+0001/],
    ['an attribute twice', '<VOTABLE a="1" a="2"/>', /attributes must differ/],
    ['an attribute without quotes', '<VOTABLE a=1/>', /attributes must be name="value"/],
    ['deep elements', '<VOTABLE>'.repeat(70), /at most 64 deep/],
    ['a field without a type', document('<FIELD name="x"/>'), /must have a datatype/],
    ['a wrong size', document('<FIELD name="x" datatype="int" arraysize="x3"/>'), /arraysize of field x/],
    ['a huge size', document('<FIELD name="x" datatype="int" arraysize="99999x99999"/>'), /1 to 16777216 elements/],
    ['no field', document(data('')), /must have a FIELD/],
    [
      'too few cells',
      document(`<FIELD name="x" datatype="int"/>${data('<TR></TR>')}`),
      /row must have 1 cells .* Received 0/,
    ],
    [
      'too many cells',
      document(`<FIELD name="x" datatype="int"/>${data('<TR><TD>1</TD><TD>1</TD></TR>')}`),
      /Received more/,
    ],
    ['cells outside rows', document(`<FIELD name="x" datatype="int"/>${data('<TD>1</TD>')}`), /rows of cells/],
    [
      'a word for a number',
      document(`<FIELD name="x" datatype="int"/>${data('<TR><TD>one</TD></TR>')}`),
      /type int must be an integer\. Received "one" .*keyword x, byte \d+/,
    ],
    [
      'a number out of range',
      document(`<FIELD name="x" datatype="short"/>${data('<TR><TD>32768</TD></TR>')}`),
      /from -32768 to 32767/,
    ],
    [
      'an integer of very many digits',
      document(`<FIELD name="x" datatype="long"/>${data(`<TR><TD>${'9'.repeat(100_000)}</TD></TR>`)}`),
      /type long must be an integer of 64 bits/,
    ],
    [
      'an array of another size',
      document(`<FIELD name="x" datatype="int" arraysize="2"/>${data('<TR><TD>1 2 3</TD></TR>')}`),
      /cell must have 2 elements\. Received 3/,
    ],
    [
      'no base64',
      document('<FIELD name="x" datatype="int"/><DATA><BINARY><STREAM>A*</STREAM></BINARY></DATA>'),
      /must be base64/,
    ],
    [
      'half a group',
      document('<FIELD name="x" datatype="int"/><DATA><BINARY><STREAM>AAAAA</STREAM></BINARY></DATA>'),
      /whole group/,
    ],
    [
      'half a row',
      binary('<FIELD name="x" datatype="int"/>', 'BINARY', [0, 0, 0]),
      /end with a row\. Received 3 bytes more/,
    ],
    [
      'an array beyond the stream',
      binary('<FIELD name="x" datatype="double" arraysize="*"/>', 'BINARY', [255, 255, 255, 255, 0]),
      /end with a row/,
    ],
    ['data twice', document(`<FIELD name="x" datatype="int"/>${data('')}${data('')}`), /one DATA/],
  ])('rejects %s', async (_, text, message) => {
    await expect(parse(text)).rejects.toThrow(FormatError)
    await expect(parse(text)).rejects.toThrow(message)
    await expect(parseVoTable(new TextEncoder().encode(text), { source: 'a.xml' })).rejects.toMatchObject({
      source: 'a.xml',
    })
  })

  it('passes over a document type that names one', async () => {
    const text = document(`<FIELD name="x" datatype="int"/>${data('<TR><TD>1</TD></TR>')}`)
    const typed = text.replace('<VOTABLE', '<!DOCTYPE VOTABLE SYSTEM "http://us-vo.org/xml/VOTable.dtd">\n<VOTABLE')
    expect((await parse(typed)).rowCount).toBe(1)
  })

  it('refuses data elsewhere, other encodings and borrowed fields', async () => {
    const field = '<FIELD name="x" datatype="int"/>'
    for (const part of [
      `${field}<DATA><BINARY><STREAM href="http://127.0.0.1/x"/></BINARY></DATA>`,
      `${field}<DATA><FITS><STREAM href="file:///etc/passwd"/></FITS></DATA>`,
      `${field}<DATA><BINARY><STREAM encoding="gzip">AAAA</STREAM></BINARY></DATA>`,
      `${field}${data('<TR><TD encoding="base64">AAAA</TD></TR>')}`,
      '<FIELD name="x" datatype="quad"/>',
    ]) {
      await expect(parse(document(part))).rejects.toThrow(UnsupportedError)
    }
    await expect(parse('<VOTABLE><TABLE ref="t"/></VOTABLE>')).rejects.toThrow(UnsupportedError)
  })

  it('says at which byte and element, also behind characters of several bytes', async () => {
    const text = document(
      `<FIELD name="x" datatype="int"/>${data('<TR><TD>1</TD></TR><!-- é☃ --><TR><TD>x</TD></TR>')}`,
    )
    const at = text.indexOf('</TD></TR></TABLEDATA>')
    await expect(parse(text)).rejects.toMatchObject({ offset: at, keyword: 'x' })
    await expect(parseVoTable(new TextEncoder().encode(text))).rejects.toMatchObject({ offset: at + 3, keyword: 'x' })
  })

  it('bounds what a small document may ask for', async () => {
    const rows = '<TR><TD/></TR>'.repeat(20)
    await expect(
      parse(document(`<FIELD name="x" datatype="double" arraysize="16000000"/>${data(rows)}`)),
    ).rejects.toThrow(/values must take at most 67108864 bytes/)
    const many = '<TR><TD>1</TD></TR>'.repeat(2000)
    await expect(parse(document(`<FIELD name="x" datatype="int"/>${data(many)}`), { maxBytes: 1000 })).rejects.toThrow(
      FormatError,
    )
    await expect(parse(document(''), { maxBytes: -1 })).rejects.toThrow(ParameterError)
    await expect(parse(document(''), { rows: 1 } as VoTableOptions)).rejects.toThrow(ParameterError)
    const tag = `<VOTABLE a="${'x'.repeat(2 ** 20)}"/>`
    await expect(parse(tag)).rejects.toThrow(/tag must have at most 1048576 characters/)
    const attributes = Array.from({ length: 300 }, (_, i) => `a${i}=""`).join(' ')
    await expect(parse(`<VOTABLE ${attributes}/>`)).rejects.toThrow(/at most 256 attributes/)
  })

  it('rejects damaged documents or reads other values, and never fails otherwise', async () => {
    const fields =
      '<FIELD name="a" datatype="int"/><FIELD name="b" datatype="char" arraysize="*"/><FIELD name="c" datatype="float" arraysize="2x*"><VALUES null="1"/></FIELD>'
    const row = [0, 0, 0, 0, 1, 0, 0, 0, 2, 97, 98, 0, 0, 0, 1, 0, 0, 128, 63, 0, 0, 0, 64]
    const seeds = [
      document(
        `${fields}${data('<TR><TD>1</TD><TD>x &amp; y</TD><TD>1 2 3 4</TD></TR>')}`,
        '<INFO name="q" value="v">t</INFO>',
      ),
      binary(fields, 'BINARY2', [...row, ...row]),
      binary(fields, 'BINARY', row.slice(1)),
    ].map((text) => new TextEncoder().encode(text))
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.integer({ min: 0, max: 255 })), {
          maxLength: 4,
        }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (seed, changes, cut) => {
          const bytes = seed.slice(0, cut > 0.7 ? Math.floor(seed.length * cut) : seed.length)
          for (const [place, byte] of changes) if (bytes.length > 0) bytes[Math.floor(place * bytes.length)] = byte
          const result = await parseVoTable(bytes).catch((error: unknown) => error)
          if (result instanceof Error) expect(result, String(result.stack)).toBeInstanceOf(AstronomalyError)
        },
      ),
      { seed: 8, numRuns: 800 },
    )
  })
})

describe('encodeVoTable', () => {
  it('writes what parseVoTable reads back', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 6 }).filter((s) => !/[\p{Cc}\uFFFE\uFFFF]/u.test(s))
    const row = fc.record({
      d: fc.double(),
      f: fc.double().map(Math.fround),
      i: fc.integer(),
      s: fc.integer({ min: -32768, max: 32767 }),
      u: fc.integer({ min: 0, max: 255 }),
      b: fc.boolean(),
      t: fc.oneof(text, fc.constantFrom(' a ', '<&>"\'', 'l\nm\tn\r', ']]>')),
      v: fc.array(fc.double(), { maxLength: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 6 }), async (rows) => {
        const ends = rows.map(
          (
            (sum) =>
            ({ v }) =>
              (sum += v.length)
          )(0),
        )
        const table: Table = {
          rowCount: rows.length,
          columns: new Map<string, TableColumn>([
            [
              'd',
              {
                values: Float64Array.from(rows, ({ d }) => d),
                width: 1,
                unit: 'Jy / beam',
                description: 'a < b',
                ucd: 'phot',
              },
            ],
            ['f', { values: Float32Array.from(rows, ({ f }) => f), width: 1 }],
            ['<i>', { values: Int32Array.from(rows, ({ i }) => i), width: 1 }],
            ['s', { values: Int16Array.from(rows.flatMap(({ s }) => [s, -1])), width: 2 }],
            ['u', { values: Uint8Array.from(rows, ({ u }) => u), width: 1 }],
            ['b', { values: rows.map(({ b }) => b), width: 1 }],
            ['t', { values: rows.map(({ t }) => t), width: 1 }],
            [
              'v',
              { values: Float64Array.from(rows.flatMap(({ v }) => v)), width: 0, offsets: Uint32Array.of(0, ...ends) },
            ],
          ]),
        }
        const read = await parseVoTable(encodeVoTable(table))
        expect(read.columns).toEqual(table.columns)
      }),
      { seed: 2, numRuns: 80 },
    )
  })

  it('keeps 64-bit integers, as text where they do not fit', async () => {
    const table: Table = {
      rowCount: 2,
      columns: new Map<string, TableColumn>([
        ['l', { values: BigInt64Array.of(-5n, 2n ** 62n), width: 1 }],
        ['u', { values: BigUint64Array.of(0n, 2n ** 64n - 1n), width: 1 }],
      ]),
    }
    const { columns, fields } = await parseVoTable(encodeVoTable(table))
    expect(columns.get('l')?.values).toEqual(['-5', '4611686018427387904'])
    expect(columns.get('u')?.values).toEqual(['0', '18446744073709551615'])
    expect(fields.map(({ datatype }) => datatype)).toEqual(['long', 'char'])
  })

  it('rejects text that XML cannot hold', () => {
    for (const text of ['\0', '\u000b', '\ud800', '\ufffe']) {
      const table: Table = { rowCount: 1, columns: new Map([['t', { values: [text], width: 1 }]]) }
      expect(() => encodeVoTable(table), JSON.stringify(text)).toThrow(ParameterError)
    }
  })
})
