// Cross-match of two catalogues on the sky, and a cone search in memory.
import assert from 'node:assert/strict'
import { createRandom } from '@astronomaly/core'
import { SkyIndex, type SkyPositions } from '@astronomaly/io/sky'
import { crossMatch } from '@astronomaly/survey'

const random = createRandom('example', 'sky')
const first: SkyPositions = {
  raDeg: Float64Array.from({ length: 100_000 }, () => 359 + 2 * random.uniform()), // both sides of right ascension 0
  decDeg: Float64Array.from({ length: 100_000 }, () => 88 + 2 * random.uniform()), // up to the pole
}
const noise = 0.2 / 3600
const second: SkyPositions = {
  raDeg: first.raDeg.map(
    (ra, i) => ra + (noise * random.normal()) / Math.cos((first.decDeg[i] as number) * (Math.PI / 180)),
  ),
  decDeg: first.decDeg.map((dec) => Math.min(90, dec + noise * random.normal())),
}

const index = new SkyIndex(second) // built once, searched again and again
const { leftRows, rightRows, separationsArcsec } = await crossMatch(first, index, { radiusArcsec: 1.5, mode: 'mutual' })
const right = leftRows.filter((row, i) => rightRows[i] === row).length
const mean = separationsArcsec.reduce((sum, value) => sum + value, 0) / separationsArcsec.length
console.log(`${leftRows.length} pairs, ${right} of them right, ${mean.toFixed(3)} arcsec apart on average`)
assert.ok(right > 0.9 * first.raDeg.length)

const { rows } = index.within(0, 89.5, { radiusArcsec: 60 })
console.log(`${rows.length} sources within a minute of arc of (0, 89.5)`)
assert.ok(rows.length > 0)
