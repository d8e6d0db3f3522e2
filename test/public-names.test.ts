import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openHouse, publicNames } from '../scripts/house/public-names.mjs'

const house = openHouse(fileURLToPath(new URL('..', import.meta.url)))
const roots = house.packages
  .flatMap((own) => own.roots)
  .map(({ specifier, file }) => ({ specifier, names: publicNames(house, file) }))

/** What one import may offer before it is a package of several. */
const mostNames = 70

/** `@astronomaly/io/node` is kept in `io.node.txt`. */
function snapshotOf(specifier: string): string {
  return `${specifier.replace(/^@[^/]+\//, '').replaceAll('/', '.')}.txt`
}

describe('the public names', () => {
  for (const { specifier, names } of roots) {
    it(`of ${specifier} are the ones that were agreed on`, async () => {
      expect(names).not.toEqual([])
      await expect(`${names.join('\n')}\n`).toMatchFileSnapshot(`./public-names/${snapshotOf(specifier)}`)
    })
  }

  for (const { specifier, names } of roots) {
    it(`of ${specifier} are at most ${mostNames}`, () => {
      expect(names.length).toBeLessThanOrEqual(mostNames)
    })
  }

  it('are kept for no root that is gone', () => {
    const kept = readdirSync(fileURLToPath(new URL('./public-names', import.meta.url)))
    expect(kept.sort()).toEqual(roots.map(({ specifier }) => snapshotOf(specifier)).sort())
  })
})
