import { ParameterError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { contactSheet, objectKinds, simulateSurvey, surveyKinds } from '../../src/index.ts'

function countBy<T>(values: Iterable<T>): Map<T, number> {
  const counts = new Map<T, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

describe('surveyKinds', () => {
  it('holds exactly 60 anomalies and 60 artefacts in 2,000 objects, whatever the seed', () => {
    for (const seed of [1, 2, 'x']) {
      const kinds = surveyKinds({ seed })
      const groups = countBy(kinds.map((kind) => objectKinds[kind].group))
      expect([groups.get('ordinary'), groups.get('anomaly'), groups.get('artefact')]).toEqual([1880, 60, 60])
      const each = countBy(kinds)
      for (const kind of ['lens', 'merger', 'ring'] as const) expect(each.get(kind)).toBe(20)
      expect(each.get('satellite-trail')).toBeGreaterThanOrEqual(8)
    }
    expect(surveyKinds({ seed: 1 })).not.toEqual(surveyKinds({ seed: 2 }))
  })

  it('rounds for other counts and follows the fractions', () => {
    expect(surveyKinds({ count: 1 })).toHaveLength(1)
    const groups = countBy(
      surveyKinds({ count: 137, fractions: { anomaly: 0.5, artefact: 0.5 } }).map((k) => objectKinds[k].group),
    )
    expect(groups.get('anomaly')).toBe(69)
    expect(groups.get('artefact')).toBe(68)
    expect(groups.get('ordinary')).toBeUndefined()
    expect(
      countBy(surveyKinds({ count: 50, fractions: { anomaly: 0, artefact: 0 } }).map((k) => objectKinds[k].group)).get(
        'ordinary',
      ),
    ).toBe(50)
  })

  it('has shares that sum to one in every group', () => {
    const shares = new Map<string, number>()
    for (const { group, share } of Object.values(objectKinds)) shares.set(group, (shares.get(group) ?? 0) + share)
    for (const sum of shares.values()) expect(sum).toBeCloseTo(1, 12)
  })
})

describe('simulateSurvey', () => {
  it('agrees between a whole survey and its shards, and can be read again', () => {
    const options = { count: 24, seed: 7, size: 32 }
    const survey = simulateSurvey(options)
    const whole = [...survey]
    expect(whole.map((o) => o.kind)).toEqual(surveyKinds(options))
    const shards = [...simulateSurvey({ ...options, start: 16 }), ...simulateSurvey({ ...options, end: 16 })]
    for (const object of shards) expect(object).toEqual(whole[object.index])
    expect(new Set(shards.map((o) => o.id)).size).toBe(24)
    expect([...survey][3]).toEqual(whole[3])
  })

  it('gives ids that do not reveal the kind', () => {
    for (const { id, index } of simulateSurvey({ count: 3, size: 32 })) expect(id).toBe(`sim-000000${index}`)
  })

  it('rejects bad options at once', () => {
    expect(() => simulateSurvey({ count: 0 })).toThrow(ParameterError)
    expect(() => simulateSurvey({ count: 2.5 })).toThrow(ParameterError)
    expect(() => simulateSurvey({ count: 1e9 })).toThrow(ParameterError)
    expect(() => simulateSurvey({ size: -1 })).toThrow(ParameterError)
    expect(() => simulateSurvey({ start: 5, end: 4 })).toThrow(ParameterError)
    expect(() => simulateSurvey({ seed: Number.NaN })).toThrow(ParameterError)
    expect(() => simulateSurvey({ fractions: { anomaly: 0.7, artefact: 0.7 } })).toThrow(/sum to at most 1/)
    expect(() => simulateSurvey({ fractions: { lens: 1 } as never })).toThrow(/unknown option 'lens'/)
    expect(() => simulateSurvey({ number: 3 } as never)).toThrow(ParameterError)
  })
})

describe('contactSheet', () => {
  const objects = [...simulateSurvey({ count: 5, size: 32 })]

  it('lays pictures out in rows with gaps, 0 to 255', () => {
    const sheet = contactSheet(objects, { columns: 2, gap: 3, zoom: 2 })
    expect(sheet.shape).toEqual([3 * 64 + 2 * 3, 2 * 64 + 3, 3])
    expect(Math.min(...sheet.data)).toBe(0)
    expect(Math.max(...sheet.data)).toBeLessThanOrEqual(255)
    expect(Math.max(...sheet.data)).toBeGreaterThan(200)
    const gap = sheet.data.subarray(3 * 64, 3 * 67)
    expect(gap.every((v) => v === 0)).toBe(true)
    expect(contactSheet(objects).shape).toEqual([2 * 32 + 2, 3 * 32 + 4, 3])
  })

  it('shows row 0 at the bottom, red from z and black from NaN', () => {
    const data = new Float32Array(2 * 1 * 3)
    data.set([0, 0, 1, Number.NaN, Number.NaN, Number.NaN])
    const sheet = contactSheet([{ image: { data, shape: [2, 1, 3], stride: [3, 3, 1], offset: 0 } }])
    expect(Array.from(sheet.data.subarray(0, 3))).toEqual([0, 0, 0])
    expect(sheet.data[3]).toBeGreaterThan(200)
    expect(sheet.data[5]).toBeLessThan(100)
  })

  it('rejects nothing to show, unequal shapes and unknown options', () => {
    expect(() => contactSheet([])).toThrow(ParameterError)
    const other = [...simulateSurvey({ count: 1, size: 40 })]
    expect(() => contactSheet([...objects, ...other])).toThrow(/every picture must be/)
    expect(() => contactSheet(objects, { columns: 0 })).toThrow(ParameterError)
    expect(() => contactSheet(objects, { rows: 2 } as never)).toThrow(ParameterError)
  })
})
