import { NotFoundError, ParameterError, ShapeError } from '@astronomaly/core'
import type { ColumnValues, TableColumn } from '@astronomaly/core/table'
import { describe, expect, it } from 'vitest'
import { evaluatePredicate, predicateColumns } from '../../src/selection/evaluate-predicate.ts'
import {
  absolute,
  allOf,
  anyOf,
  arithmetic,
  between,
  column,
  compare,
  isMissing,
  logarithm10,
  not,
  oneOf,
  type Predicate,
  squareRoot,
} from '../../src/selection/predicate.ts'
import { takeRows } from '../../src/selection/take-rows.ts'
import { tableOf } from './table-of.ts'

const mask = (columns: Record<string, ColumnValues>, predicate: Predicate): number[] => [
  ...evaluatePredicate(tableOf(columns), predicate),
]
const { NaN: nan } = Number

describe('evaluatePredicate', () => {
  it('compares each type of column with a number', () => {
    for (const values of [
      Float64Array.of(6, 7, 8),
      Float32Array.of(6, 7, 8),
      Int32Array.of(6, 7, 8),
      Int16Array.of(6, 7, 8),
      Uint8Array.of(6, 7, 8),
      BigInt64Array.of(6n, 7n, 8n),
    ]) {
      const of = (operator: '=' | '!=' | '<' | '<=' | '>' | '>='): number[] =>
        mask({ x: values }, compare('x', operator, 7))
      expect([of('='), of('!='), of('<'), of('<='), of('>'), of('>=')]).toEqual([
        [0, 1, 0],
        [1, 0, 1],
        [1, 0, 0],
        [1, 1, 0],
        [0, 0, 1],
        [0, 1, 1],
      ])
    }
    expect(mask({ primary: [true, false] }, compare('primary', '=', 1))).toEqual([1, 0])
  })

  it('takes a comparison with NaN, and the opposite of one, for unknown, which is not true', () => {
    const x = Float64Array.of(nan, 1)
    for (const operator of ['=', '!=', '<', '<=', '>', '>='] as const) {
      expect(mask({ x }, compare('x', operator, 1))[0], operator).toBe(0)
      expect(mask({ x }, not(compare('x', operator, 1)))[0], operator).toBe(0)
    }
    expect(mask({ x }, anyOf(compare('x', '>', 5), compare('x', '<=', 5)))).toEqual([0, 1])
    expect(mask({ x }, isMissing('x'))).toEqual([1, 0])
    expect(mask({ x }, not(isMissing('x')))).toEqual([0, 1])
  })

  it('follows the truth tables of three-valued logic', () => {
    // Columns over all pairs of true (1), false (0), unknown (NaN).
    const states = [1, 0, nan]
    const a = Float64Array.from(states.flatMap((state) => [state, state, state]))
    const b = Float64Array.from([...states, ...states, ...states])
    const [p, q] = [compare('a', '=', 1), compare('b', '=', 1)]
    expect(mask({ a, b }, allOf(p, q))).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0])
    expect(mask({ a, b }, not(allOf(p, q)))).toEqual([0, 1, 0, 1, 1, 1, 0, 1, 0])
    expect(mask({ a, b }, anyOf(p, q))).toEqual([1, 1, 1, 1, 0, 0, 1, 0, 0])
    expect(mask({ a, b }, not(anyOf(p, q)))).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0])
    expect(mask({ a, b }, allOf())).toEqual(new Array(9).fill(1))
    expect(mask({ a, b }, anyOf())).toEqual(new Array(9).fill(0))
  })

  it('compares texts without their trailing spaces, and takes empty text for missing', () => {
    const TYPE = ['PSF ', 'PSF', 'REX ', '', '  ', ' PSF', 'psf']
    expect(mask({ TYPE }, compare('type', '!=', 'PSF'))).toEqual([0, 0, 1, 0, 0, 1, 1])
    expect(mask({ TYPE }, compare('type', '=', 'PSF  '))).toEqual([1, 1, 0, 0, 0, 0, 0])
    expect(mask({ TYPE }, oneOf('type', ['REX', 'PSF']))).toEqual([1, 1, 1, 0, 0, 0, 0])
    expect(mask({ TYPE }, not(oneOf('type', ['REX', 'PSF'])))).toEqual([0, 0, 0, 0, 0, 1, 1])
    expect(mask({ TYPE }, isMissing('type'))).toEqual([0, 0, 0, 1, 1, 0, 0])
  })

  it('compares 64-bit integers exactly, as bigint or as the text that catalogues hold them in', () => {
    const large = 9_906_620_910_080_001n
    const id = BigInt64Array.of(large - 1n, large, large + 1n)
    const text = ['9906620910080000', '9906620910080001', '9906620910080002', '']
    expect(mask({ id }, compare('id', '=', large))).toEqual([0, 1, 0])
    expect(mask({ id }, between('id', large, large + 1n))).toEqual([0, 1, 1])
    expect(mask({ id }, oneOf('id', [large, 5]))).toEqual([0, 1, 0])
    expect(mask({ id: text }, between('id', large, large + 1n))).toEqual([0, 1, 1, 0])
    expect(mask({ id: text }, oneOf('id', [large]))).toEqual([0, 1, 0, 0])
    expect(mask({ id: Float64Array.of(2 ** 60, nan) }, oneOf('id', [2n ** 60n]))).toEqual([1, 0])
    expect(mask({ id: BigInt64Array.of(2n ** 60n) }, oneOf('id', [2 ** 60]))).toEqual([1])
  })

  it('computes with columns in float64', () => {
    const f = Float32Array.of(4, -4, 4, 4)
    const v = Float32Array.of(9, 9, 0, -1)
    expect(mask({ f, v }, compare(arithmetic('f', '*', squareRoot('v')), '>', 0))).toEqual([1, 0, 0, 0])
    expect(mask({ f, v }, compare(arithmetic('f', '/', 'v'), '<', 1))).toEqual([1, 1, 0, 1])
    expect(mask({ f, v }, compare(arithmetic('f', '-', arithmetic('v', '+', 1)), '=', -6))).toEqual([1, 0, 0, 0])
    expect(mask({ f, v }, compare(absolute('f'), '=', 4))).toEqual([1, 1, 1, 1])
    expect(mask({ f, v }, compare(logarithm10('v'), '<', 99))).toEqual([1, 1, 0, 0])
    expect(mask({ f, v }, compare('f', '<', column('v')))).toEqual([1, 1, 0, 0])
  })

  it('reads elements of vector columns, counted from 0', () => {
    const table = { rowCount: 2, columns: new Map([['flux', { values: Float32Array.of(1, 2, 3, 4, 5, 6), width: 3 }]]) }
    expect([...evaluatePredicate(table, compare('flux[1]', '=', 5))]).toEqual([0, 1])
    expect([...evaluatePredicate(table, compare('flux_r', '=', 3), { columns: { FLUX_R: 'flux[2]' } })]).toEqual([1, 0])
    expect(() => evaluatePredicate(table, compare('flux', '>', 1))).toThrow(ShapeError)
    expect(() => evaluatePredicate(table, compare('flux[3]', '>', 1))).toThrow(/below its width. Received 3 of 3/)
  })

  it('finds columns by their exact name, else without letter case, and refuses to guess', () => {
    expect(mask({ FLUX_G: Float64Array.of(1) }, compare('flux_g', '=', 1))).toEqual([1])
    expect(mask({ FLUX_G: Float64Array.of(1), flux_g: Float64Array.of(2) }, compare('flux_g', '=', 2))).toEqual([1])
    const two = { FLUX_G: Float64Array.of(1), flux_g: Float64Array.of(2) }
    expect(() => mask(two, compare('Flux_G', '=', 2))).toThrow(ParameterError)
    expect(() => mask(two, compare('ra', '=', 2))).toThrow(
      'column must exist. Received ra; the table has FLUX_G, flux_g.',
    )
    expect(() => mask(two, compare('ra', '=', 2))).toThrow(NotFoundError)
  })

  it('uses what stands for a column only where the table lacks it', () => {
    const snr = column('snr', { otherwise: arithmetic('flux', '*', 2) })
    const table = { flux: Float64Array.of(1, 2) }
    expect(mask(table, compare(snr, '=', 4))).toEqual([0, 1])
    expect(mask({ ...table, SNR: Float64Array.of(4, 5) }, compare(snr, '=', 4))).toEqual([1, 0])
    expect(predicateColumns(compare(snr, '=', 4), ['flux'])).toEqual(['flux'])
    expect(predicateColumns(compare(snr, '=', 4), ['flux', 'SNR'])).toEqual(['SNR'])
    expect(predicateColumns(compare(snr, '=', 4))).toEqual(['snr'])
    expect(predicateColumns(compare(snr, '=', 4), ['f'], { columns: { flux: 'f' } })).toEqual(['f'])
  })

  it('maps names once: a mapping may exchange two columns', () => {
    const table = tableOf({ a: Float64Array.of(1), b: Float64Array.of(2) })
    const columns = { a: 'b', b: 'a' }
    expect([...evaluatePredicate(table, allOf(compare('a', '=', 2), compare('b', '=', 1)), { columns })]).toEqual([1])
  })

  it('refuses texts among numbers and numbers among texts', () => {
    expect(() => mask({ x: ['a'] }, compare('x', '>', 1))).toThrow('column x must hold numbers')
    expect(() => mask({ x: Float64Array.of(1) }, compare('x', '=', 'a'))).toThrow('column x must hold text')
    expect(() => mask({ x: ['1'] }, oneOf('x', [1, 'a']))).toThrow('all numbers or all texts')
    expect(() => mask({ x: ['1', 'J2'] }, compare('x', '=', 1n))).toThrow('column x must hold integers. Received J2')
    expect(() => mask({ x: ['a'] }, compare('x', '<', 'b'))).toThrow('texts must be compared by = or !=')
  })

  it('refuses predicates that are none, whatever is wrong with them', () => {
    const x = { kind: 'column', name: 'x' }
    let deep: unknown = compare('x', '=', 1)
    for (let i = 0; i < 200; i++) deep = { kind: 'not', of: deep }
    for (const damaged of [
      null,
      'x > 1',
      {},
      { kind: 'some' },
      { kind: 'all', of: 3 },
      { kind: 'all', of: [null] },
      { kind: 'not' },
      { kind: 'in', of: x, values: [] },
      { kind: 'in', of: x, values: [nan] },
      { kind: 'in', of: x, values: [{}] },
      { kind: 'compare', operator: '> 0 OR 1 =', left: x, right: { kind: 'number', value: 1 } },
      { kind: 'compare', operator: '=', left: x },
      { kind: 'compare', operator: '=', left: x, right: { kind: 'number', value: Infinity } },
      { kind: 'compare', operator: '=', left: x, right: { kind: 'number', value: '1' } },
      { kind: 'compare', operator: '=', left: x, right: { kind: 'text', value: 1 } },
      { kind: 'compare', operator: '=', left: { kind: 'column', name: '' }, right: { kind: 'number', value: 1 } },
      { kind: 'missing', of: { kind: 'column', name: 'x', element: -1 } },
      { kind: 'missing', of: { kind: 'arithmetic', operator: '; DROP', left: x, right: x } },
      { kind: 'missing', of: { kind: 'function', name: 'sleep', argument: x } },
      deep,
    ]) {
      expect(() => mask({ x: Float64Array.of(1) }, damaged as Predicate), JSON.stringify(damaged)).toThrow(
        ParameterError,
      )
    }
    expect(() => evaluatePredicate(tableOf({}), allOf(), { column: {} } as object)).toThrow(ParameterError)
  })

  it('gives an empty mask for a table without rows', () => {
    expect(mask({ x: Float64Array.of(), t: [] }, allOf(compare('x', '>', 1), compare('t', '=', 'a')))).toEqual([])
  })
})

describe('columns whose rows vary in length', () => {
  const table = {
    rowCount: 3,
    columns: new Map([['v', { values: Float32Array.of(1, 2, 3), width: 0, offsets: Uint32Array.of(0, 2, 2, 3) }]]),
  }

  it('lack elements that a row does not have, and need one to be named', () => {
    expect([...evaluatePredicate(table, compare('v[0]', '>', 0))]).toEqual([1, 0, 1])
    expect([...evaluatePredicate(table, isMissing('v[1]'))]).toEqual([0, 1, 1])
    expect(() => evaluatePredicate(table, compare('v', '>', 0))).toThrow(ShapeError)
  })

  it('are taken row by row', () => {
    const column = table.columns.get('v') as TableColumn
    expect(takeRows(column, [2, 1, 0])).toEqual({
      values: Float32Array.of(3, 1, 2),
      width: 0,
      offsets: Uint32Array.of(0, 1, 1, 3),
    })
  })
})
