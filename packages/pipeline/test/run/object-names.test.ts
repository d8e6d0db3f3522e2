import { describe, expect, it } from 'vitest'
import { objectFinder } from '../../src/run/object-names.ts'

const object = (id: string, ...files: string[]) => ({ id, files })
const objects = [
  object('field1/0001', 'field1/0001.png'),
  object('field2/0001', 'field2/0001.png'),
  object('0002', 'field1/0002.fits.gz'),
  object('NGC 7', 'x.fits'),
  object('x.fits', 'odd.png'),
]
const folder = '/survey/pics'
const finderOf = (names: readonly string[], table?: string) =>
  objectFinder(objects, { folder, names, ...(table === undefined ? {} : { table }) })
const fileOf = (name: string, all: readonly string[] = [name], table?: string): string => {
  const found = finderOf(all, table).byName(name)
  return found.object ? (found.object.files[0] as string) : found.reason
}

describe('objectFinder', () => {
  it('takes a path for what it is, wherever it starts', () => {
    expect(fileOf('field2/0001.png')).toBe('field2/0001.png')
    expect(fileOf('./field2//0001.png')).toBe('field2/0001.png')
    expect(fileOf('field2\\0001.png')).toBe('field2/0001.png')
    expect(fileOf('/survey/pics/field2/0001.png')).toBe('field2/0001.png')
    expect(fileOf('pics/field2/0001.png', undefined, '/survey/objects.csv')).toBe('field2/0001.png')
    expect(fileOf('../field2/0001.png', undefined, '/survey/pics/tables/objects.csv')).toBe('field2/0001.png')
    const moved = ['/old/place/field1/0001.png', '/old/place/field2/0001.png', '/old/place/x.fits']
    expect(moved.map((name) => fileOf(name, moved))).toEqual(['field1/0001.png', 'field2/0001.png', 'x.fits'])
    const one = ['/old/place/field2/0001.png']
    expect(fileOf(one[0]!, one)).toBe('field2/0001.png')
  })

  it('never takes a path for a file of another folder', () => {
    expect(fileOf('field3/0001.png')).toBe("no picture of the path 'field3/0001.png' in the folder")
    expect(fileOf('field2/0002.fits.gz')).toContain('no picture of the path')
    const two = ['a/x.fits', 'b/x.fits']
    expect(two.map((name) => fileOf(name, two))).toEqual(
      two.map((name) => `no picture of the path '${name}' in the folder`),
    )
  })

  it('lets a path or a full name win over an id or a name without its ending, and an id over both where ids are asked', () => {
    expect(fileOf('x.fits')).toBe('x.fits')
    expect(finderOf(['x.fits']).byId('x.fits').object?.files).toEqual(['odd.png'])
    expect(fileOf('NGC 7')).toBe('x.fits')
    expect(fileOf('odd')).toBe('odd.png')
    for (const name of ['0002', '0002.fits', '0002.fits.gz', '0002.png'])
      expect(fileOf(name)).toBe('field1/0002.fits.gz')
    expect(finderOf([]).byFile('0002').object).toBeUndefined()
  })

  it('does not fall back on a flat folder’s files of the same names, unless the folder has the same name', () => {
    const flat = [object('0001', '0001.png'), object('0002', '0002.png')]
    const names = ['field1/0001.png', 'field1/0002.png']
    const of = (place: string) => objectFinder(flat, { folder: place, names }).byFile('field1/0001.png').object?.id
    expect(of('/pics/field2')).toBeUndefined()
    expect(of('/elsewhere/field1')).toBe('0001')
  })

  it('cuts no point of an id', () => {
    const points = [object('1', '1.png'), object('J0959', 'J0959.png')]
    const finder = objectFinder(points, { folder, names: [] })
    for (const name of ['1.5', '1.9', 'J0959.7', 'J0959.7+02']) {
      expect(finder.byId(name).object, name).toBeUndefined()
      expect(finder.byName(name).object, name).toBeUndefined()
    }
    for (const name of ['1.png', '1.fits', '1.fits.gz']) expect(finder.byName(name).object?.id, name).toBe('1')
  })

  it('says which objects a name could mean', () => {
    for (const name of ['0001', '0001.png']) {
      expect(fileOf(name)).toBe(`'${name}' means field1/0001.png as well as field2/0001.png: give the path`)
    }
    expect(fileOf('field1/0001')).toBe('field1/0001.png')
    expect(fileOf('none')).toBe("no picture in the folder for 'none'")
  })
})
