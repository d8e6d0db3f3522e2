import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { cutOut } from '../../src/index.ts'
import { openMosaicFiles } from '../../src/node.ts'
import { readPositions } from '../../src/sky/catalogue-positions.ts'
import { readCatalogue } from '../../src/table/read-catalogue.ts'

const cases = (name: string): string => fileURLToPath(new URL(`../cases/${name}`, import.meta.url))

async function pixelOf(mosaic: string): Promise<number | undefined> {
  const { raDeg, decDeg } = readPositions(await readCatalogue(cases('object-icrs.csv')))!
  const mosaics = await openMosaicFiles(cases(mosaic))
  try {
    const object = { id: 'a', raDeg: raDeg[0]!, decDeg: decDeg[0]!, sidePixels: 1 }
    for await (const result of cutOut(mosaics, [object], { interpolation: 'none' })) {
      return result.status === 'cut' ? result.image.data[0] : undefined
    }
    return undefined
  } finally {
    await mosaics.close()
  }
}

describe('cutOut', () => {
  it('takes ICRS positions through the frame of each mosaic, as astropy’s SkyCoord does', async () => {
    expect(await pixelOf('mosaic-icrs.fits')).toBe(2719)
    expect(await pixelOf('mosaic-fk4-b1950.fits')).toBe(3232)
  })
})
