import { readFileSync } from 'node:fs'

/** The golden values made by scripts/golden/simulate.py. */
export interface Golden {
  readonly sersic: readonly {
    index: number
    radius: number
    axisRatio: number
    flux: number
    b: number
    r: number[]
    brightness: number[]
  }[]
  readonly sie: readonly {
    x: number
    y: number
    einsteinRadius: number
    axisRatio: number
    deflection: [number, number]
  }[]
  readonly moffat: readonly { fwhm: number; beta: number; r: number[]; value: number[] }[]
}

export const golden: Golden = JSON.parse(readFileSync(new URL('./golden/simulate.json', import.meta.url), 'utf8'))
