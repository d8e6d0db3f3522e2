import { NotFoundError, ParameterError, UnsupportedError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { predicateAdql, renderAdql } from '../../src/selection/adql.ts'
import { evaluatePredicate } from '../../src/selection/evaluate-predicate.ts'
import { decamVectorColumns, paperCuts } from '../../src/selection/paper-cuts.ts'
import {
  allOf,
  anyOf,
  arithmetic,
  column,
  compare,
  isMissing,
  not,
  oneOf,
  type Predicate,
  type Quantity,
} from '../../src/selection/predicate.ts'
import { type SqlValue, sqlCondition } from './sql-condition.ts'
import { tableOf } from './table-of.ts'

describe('renderAdql', () => {
  it('writes the paper’s cuts as one query', () => {
    const query = renderAdql({
      table: 'ls_dr8.tractor',
      select: ['ls_id', 'ra', 'dec'],
      cuts: paperCuts,
      ids: { column: 'ls_id', from: 8_796_093_022_208_000n, to: 9_906_620_910_080_001n },
      top: 100,
    })
    expect(query).toBe(
      'SELECT TOP 100 ls_id, ra, "dec" FROM ls_dr8.tractor WHERE ' +
        "type <> 'PSF' AND allmask_g = 0 AND allmask_r = 0 AND allmask_z = 0 AND " +
        '(rchisq_g > 1 OR rchisq_r > 1 OR rchisq_z > 1) AND snr_g > 0 AND snr_r > 0 AND snr_z > 0 AND ' +
        '(flux_g > 7 OR flux_r > 7 OR flux_z > 7) AND (shapedev_r > 3 OR shapeexp_r > 3) AND ' +
        'ls_id BETWEEN 8796093022208000 AND 9906620910080001',
    )
  })

  it('computes the signal to noise where the service has no such column', () => {
    const tableColumns = ['type', 'flux_g', 'flux_r', 'flux_z', 'flux_ivar_g', 'flux_ivar_r', 'flux_ivar_z']
    const cuts = paperCuts.filter(({ name }) => name === 'snr')
    expect(renderAdql({ table: 't', cuts }, { tableColumns })).toBe(
      'SELECT * FROM t WHERE flux_g * SQRT(flux_ivar_g) > 0 AND flux_r * SQRT(flux_ivar_r) > 0 AND flux_z * SQRT(flux_ivar_z) > 0',
    )
    expect(() => renderAdql({ table: 't', cuts: paperCuts }, { tableColumns })).toThrow(NotFoundError)
  })

  it('sorts, and leaves out what is not asked for', () => {
    expect(renderAdql({ table: 't' })).toBe('SELECT * FROM t')
    expect(renderAdql({ table: 't', orderBy: ['id', 'dec'] })).toBe('SELECT * FROM t ORDER BY id, "dec"')
  })

  it('delimits names that are reserved or not plain, and keeps plain ones', () => {
    const select = ['ra', 'Dec', 'size', 'e_Name', '_RAJ2000', 'B-V', 'a"b', '2mass', "x' OR 1=1 --"]
    expect(renderAdql({ table: ['viz1', 'J/MNRAS/529/732.x'], select })).toBe(
      'SELECT ra, "Dec", "size", e_Name, "_RAJ2000", "B-V", "a""b", "2mass", "x\' OR 1=1 --" FROM viz1."J/MNRAS/529/732.x"',
    )
  })

  it('refuses what could end a text or a name early', () => {
    const bad: (() => string)[] = [
      () => predicateAdql(compare('type', '=', "\\' OR 1=1 --")),
      () => predicateAdql(compare('type', '=', 'a\u0000b')),
      () => predicateAdql(compare('type', '=', 'a\nb')),
      () => predicateAdql(isMissing('a\u0007')),
      () => renderAdql({ table: '' }),
      () => renderAdql({ table: 'a.b.c.d' }),
      () => renderAdql({ table: 't', select: [] }),
      () => renderAdql({ table: 't', top: 1.5 }),
      () => renderAdql({ table: 't', ids: { column: 'id', from: 0.5, to: 1 } }),
      () => renderAdql({ table: 't', ids: { column: 'id', from: 2 ** 53, to: 1n } }),
      () => renderAdql({ table: 't', ids: { column: 'id', from: '0 OR 1=1' as unknown as bigint, to: 1n } }),
      () => renderAdql({ table: 't', where: 'x' } as unknown as { table: string }),
    ]
    for (const each of bad) expect(each).toThrow(ParameterError)
    expect(() => renderAdql({ table: 't', cuts: paperCuts }, { columns: decamVectorColumns })).toThrow(UnsupportedError)
  })

  it('prints numbers exactly, in ADQL’s form', () => {
    const of = (value: number | bigint): string => predicateAdql(compare('x', '>', value))
    expect([0.1 + 0.2, 1e21, 5e-324, -1.5e-7, -0, 2n ** 63n].map(of)).toEqual([
      'x > 0.30000000000000004',
      'x > 1E21',
      'x > 5E-324',
      'x > -1.5E-7',
      'x > 0',
      'x > 9223372036854775808',
    ])
  })

  it('parenthesises by precedence alone, and never writes a comment', () => {
    const [p, q, r] = ['p', 'q', 'r'].map((name) => compare(name, '>', 0)) as [Predicate, Predicate, Predicate]
    expect(predicateAdql(anyOf(allOf(p, q), r))).toBe('p > 0 AND q > 0 OR r > 0')
    expect(predicateAdql(allOf(anyOf(p, q), not(r)))).toBe('(p > 0 OR q > 0) AND NOT (r > 0)')
    expect(predicateAdql(allOf(anyOf(p), anyOf()))).toBe('p > 0 AND 1 = 0')
    expect(predicateAdql(compare(arithmetic('a', '-', -1), '<', -2))).toBe('a - (-1) < -2')
    expect(predicateAdql(compare(arithmetic('a', '-', arithmetic('b', '-', 'c')), '<', 1))).toBe('a - (b - c) < 1')
    expect(predicateAdql(compare(arithmetic(arithmetic('a', '+', 'b'), '/', 'c'), '<', 1))).toBe(
      '(a + b) * 1.0 / c < 1',
    )
  })

  it('compares padded texts with and without their spaces', () => {
    const options = { textLengths: { TYPE: 4 } }
    expect(predicateAdql(compare('type', '!=', 'PSF'), options)).toBe("type NOT IN ('PSF', 'PSF ')")
    expect(predicateAdql(compare('type', '=', 'COMP'), options)).toBe("type = 'COMP'")
    expect(predicateAdql(oneOf('type', ["O'B", 'COMP']), options)).toBe("type IN ('O''B', 'O''B ', 'COMP')")
  })

  it('selects the rows that the predicate selects, whatever it is (property)', () => {
    const names = { i: 'id', f: 'dec', g: 'B-V', t: 'odd "name"' }
    const constant = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(0.5, -1.25, 1e-9, 1e22))
    const { number } = fc.letrec<{ number: Quantity }>((tie) => ({
      number: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom(column(names.i), column(names.f), column(names.g)),
        constant.map((value): Quantity => ({ kind: 'number', value })),
        fc.record({
          kind: fc.constant('arithmetic' as const),
          operator: fc.constantFrom('+', '-', '*', '/'),
          left: tie('number'),
          right: tie('number'),
        }),
        fc.record({
          kind: fc.constant('function' as const),
          name: fc.constantFrom('abs', 'sqrt', 'log10'),
          argument: tie('number'),
        }),
      ),
    }))
    const text = fc.constantFrom('PSF', "a'b", 'x" OR 1=1', '--')
    const { predicate } = fc.letrec<{ predicate: Predicate }>((tie) => ({
      predicate: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc
          .tuple(number, fc.constantFrom('=', '!=', '<', '<=', '>', '>='), number)
          .map(([a, op, b]) => compare(a, op, b)),
        fc.tuple(fc.constantFrom('=', '!='), text).map(([op, value]) => compare(names.t, op, value)),
        fc.array(text, { minLength: 1, maxLength: 3 }).map((values) => oneOf(names.t, values)),
        fc.array(constant, { minLength: 1, maxLength: 3 }).map((values) => oneOf(names.f, values)),
        fc.constantFrom(names.f, names.t).map((name) => isMissing(name)),
        fc.array(tie('predicate'), { maxLength: 3 }).map((of) => allOf(...of)),
        fc.array(tie('predicate'), { maxLength: 3 }).map((of) => anyOf(...of)),
        tie('predicate').map(not),
      ),
    }))
    const numbers = [-2, -1, 0, 1, 2, 0.5, Number.NaN]
    const rows = numbers.flatMap((f) =>
      numbers.map((g, k) => ({ f, g, i: k - 3, t: ['PSF', "a'b", '', '--'][k % 4] as string })),
    )
    const table = tableOf({
      [names.i]: Int32Array.from(rows, ({ i }) => i),
      [names.f]: Float64Array.from(rows, ({ f }) => f),
      [names.g]: Float64Array.from(rows, ({ g }) => g),
      [names.t]: rows.map(({ t }) => t),
    })
    const sqlRows = rows.map(({ i, f, g, t }): Record<string, SqlValue> => {
      const known = (value: number): SqlValue => (Number.isNaN(value) ? null : value)
      return { [names.i]: BigInt(i), [names.f]: known(f), [names.g]: known(g), [names.t]: t === '' ? null : t }
    })
    fc.assert(
      fc.property(predicate, (each) => {
        const condition = sqlCondition(predicateAdql(each))
        expect([...evaluatePredicate(table, each)]).toEqual(sqlRows.map((row) => Number(condition(row) === true)))
      }),
      { seed: 5, numRuns: 1000 },
    )
  })
})
