import { readFileSync } from 'node:fs'
import { FormatError, UnsupportedError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../test/shared-data.ts'
import { unpack } from '../src/bytes/index.ts'
import { listHdus, readFitsImage, readFitsTable, wcsFromHeader } from '../src/index.ts'
import { pixelHash } from './read-golden.ts'

interface ReferenceHdu {
  readonly hdu: number
  readonly kind: 'image' | 'compressed-image' | 'table' | 'none'
  readonly shape?: readonly number[]
  readonly nan?: number
  readonly min?: number
  readonly max?: number
  readonly sum?: number
  readonly mean?: number
  readonly samples?: readonly (readonly [number, number | null])[]
  readonly sha256_f64be?: string
  readonly wcs_pix0_to_world?: readonly (readonly [readonly [number, number], readonly [number, number]])[]
  readonly ctype?: readonly string[]
  readonly rows?: number
  readonly columns?: readonly (readonly [string, string])[]
  readonly numeric?: Readonly<Record<string, { sum: number; first: number | null }>>
}

const reference: Readonly<Record<string, readonly ReferenceHdu[] | { error: string }>> = hasShared
  ? JSON.parse(readFileSync(sharedFile('data/B_fits/reference_astropy.json'), 'utf8'))
  : {}

/** Files that are not read at all, and what is said instead. */
const refusedFiles: Readonly<Record<string, [new () => Error, RegExp]>> = Object.fromEntries(
  ([['tile_compression/rp600245n00_im1.fits.Z', UnsupportedError, /LZW/]] as const).map(([file, kind, message]) => [
    `B_fits/${file}`,
    [kind, message] as never,
  ]),
)

/** HDUs that are not read, and what is said instead. */
const refusedHdus: Readonly<Record<string, [new () => Error, RegExp]>> = Object.fromEntries(
  (
    [
      ['decals_grz/example_incomplete.fits 0', FormatError, /771148 bytes are missing/],
      ['format_edge_cases/group.fits 0', UnsupportedError, /random groups/],
      ['format_edge_cases/random_groups.fits 0', UnsupportedError, /random groups/],
      ['format_edge_cases/zerowidth.fits 0', FormatError, /kind none/],
    ] as const
  ).map(([file, kind, message]) => [`B_fits/${file}`, [kind, message] as never]),
)

/** Files whose BSCALE and BZERO astropy applies in two f32 steps, where one rounding is made here. */
const scaledInSinglePrecision = ['B_fits/classic/sep_image.fits', 'B_fits/format_edge_cases/scale.fits']

const refusals = new Set<string>()

function refusal(key: string): readonly [new () => Error, RegExp] | undefined {
  const expected = refusedFiles[key] ?? refusedHdus[key]
  if (expected) refusals.add(key)
  return expected
}

async function load(file: string): Promise<Uint8Array> {
  return unpack(readFileSync(sharedFile(`data/${file}`)), { maxBytes: 2 ** 28, source: file })
}

async function expectRefusal(call: () => unknown, [kind, message]: readonly [new () => Error, RegExp]): Promise<void> {
  const error = await Promise.resolve()
    .then(call)
    .then(
      () => undefined,
      (e: unknown) => e as Error,
    )
  expect(error).toBeInstanceOf(kind)
  expect(error!.message).toMatch(message)
}

async function checkImage(file: string, bytes: Uint8Array, expected: ReferenceHdu): Promise<void> {
  const { data, shape } = await readFitsImage(bytes, { source: file, hdu: expected.hdu })
  expect(shape).toEqual(expected.shape)
  const single = scaledInSinglePrecision.includes(file)
  let [nan, min, max, sum] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!
    if (Number.isNaN(value)) nan++
    else {
      if (value < min) min = value
      if (value > max) max = value
      sum += value
    }
  }
  expect(nan).toBe(expected.nan)
  // Two f32 roundings differ from one by at most one unit in the last place, 2^-23 of the value.
  const rounding = single ? 2 ** -23 : 0
  for (const [at, value] of expected.samples ?? []) {
    if (value === null) expect(data[at]).toBeNaN()
    else expect(Math.abs(data[at]! - value)).toBeLessThanOrEqual(rounding * Math.abs(value))
  }
  if (expected.min !== undefined) {
    expect(Math.abs(min - expected.min)).toBeLessThanOrEqual(rounding * Math.abs(expected.min))
    expect(Math.abs(max - expected.max!)).toBeLessThanOrEqual(rounding * Math.abs(expected.max!))
    // 1e-9 of the mean size: numpy adds in pairs, this test one after the other.
    const size = Math.max(Math.abs(min), Math.abs(max), 1) * data.length
    expect(Math.abs(sum - expected.sum!)).toBeLessThanOrEqual((single ? 1e-7 : 1e-9) * size)
    expect(Math.abs(sum / (data.length - nan) - expected.mean!)).toBeLessThanOrEqual((single ? 1e-7 : 1e-9) * size)
  }
  if (!single) expect(pixelHash(data)).toBe(expected.sha256_f64be)
}

async function checkTable(file: string, bytes: Uint8Array, expected: ReferenceHdu): Promise<void> {
  const table = await readFitsTable(bytes, { source: file, hdu: expected.hdu })
  expect(table.rowCount).toBe(expected.rows)
  expect([...table.columns.keys()]).toEqual(expected.columns!.map(([name]) => name))
  for (const [name, { sum, first }] of Object.entries(expected.numeric ?? {})) {
    const values = Array.from(table.columns.get(name)!.values as ArrayLike<unknown>, Number)
    if (first !== null) expect(values[0], name).toBe(first)
    const own = values.reduce((a, b) => (Number.isNaN(b) ? a : a + b), 0)
    const size = values.reduce((a, b) => (Number.isNaN(b) ? a : a + Math.abs(b)), 1)
    // 1e-12 of the sum of sizes: numpy adds in pairs, and f32 columns in f64 as here.
    expect(Math.abs(own - sum), name).toBeLessThanOrEqual(1e-12 * size)
  }
}

describe.skipIf(!hasShared)('the real files', () => {
  const files = Object.keys(reference)

  it('are all here', () => {
    expect(files.length).toBeGreaterThan(190)
  })

  it.each(files)('%s reads as astropy reads it, or is refused by name', async (file) => {
    const expected = reference[file]!
    const refusedFile = refusal(file)
    if (refusedFile) {
      const bytes = await load(file)
      return expectRefusal(() => listHdus(bytes, { source: file }), refusedFile)
    }
    const bytes = await load(file)
    const hdus = await listHdus(bytes, { source: file })
    for (const { header } of hdus) expect(header.cards.filter((card) => card.problem)).toEqual([])
    if (!Array.isArray(expected)) {
      for (const { index, kind } of hdus) {
        const refused = refusal(`${file} ${index}`)
        const read = (): unknown =>
          kind.endsWith('table') ? readFitsTable(bytes, { hdu: index }) : readFitsImage(bytes, { hdu: index })
        if (refused) await expectRefusal(read, refused)
        else if (kind !== 'none') await read()
      }
      return
    }
    expect(hdus.length).toBe(expected.length)
    for (const hdu of expected as ReferenceHdu[]) {
      const refused = refusal(`${file} ${hdu.hdu}`)
      if (refused) {
        const table = hdu.kind === 'table'
        await expectRefusal(
          () => (table ? readFitsTable(bytes, { hdu: hdu.hdu }) : readFitsImage(bytes, { hdu: hdu.hdu })),
          refused,
        )
      } else if (hdu.kind === 'table') await checkTable(file, bytes, hdu)
      else if (hdu.kind !== 'none') await checkImage(file, bytes, hdu)
      else expect(hdus[hdu.hdu]!.kind).toBe('none')
    }
  })

  it('have every refusal that is listed', () => {
    expect([...refusals].sort()).toEqual([...Object.keys(refusedFiles), ...Object.keys(refusedHdus)].sort())
  })

  it('have maps that agree with astropy', async () => {
    const checked = new Map<string, number>()
    for (const [file, hdus] of Object.entries(reference)) {
      if (!Array.isArray(hdus) || refusedFiles[file] || !hdus.some((h) => h.wcs_pix0_to_world)) continue
      const listed = await listHdus(await load(file), { source: file })
      for (const { hdu, ctype, wcs_pix0_to_world: points } of hdus as ReferenceHdu[]) {
        if (!points) continue
        const wcs = wcsFromHeader(listed[hdu]!.header)
        // Linear axes (pixels, angles of a slit) are no map to the sky.
        expect(wcs === undefined, `${file} ${ctype}`).toBe(!/^(RA--|GLON)-/.test(ctype![0]!))
        if (!wcs) continue
        for (const [[x, y], [lon, lat]] of points) {
          const world = wcs.pixelToWorld(x, y)
          expect(Math.abs(world.lonDeg - lon), file).toBeLessThan(1e-9)
          expect(Math.abs(world.latDeg - lat), file).toBeLessThan(1e-9)
          const back = wcs.worldToPixel(world.lonDeg, world.latDeg)!
          // 1e-8 pixel: a degree's last place, 6e-14, over pixels of 1e-5 degrees.
          expect(Math.hypot(back.x - x, back.y - y), file).toBeLessThan(1e-8)
        }
        const kind = [wcs.projection, wcs.distortion].filter(Boolean).join(' ')
        checked.set(kind, (checked.get(kind) ?? 0) + points.length)
      }
    }
    expect([...checked.keys()].sort()).toEqual(['CAR', 'SIN', 'TAN', 'TAN DSS', 'TAN SIP', 'TAN TPV'])
    expect([...checked.values()].reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(396)
  })
})
