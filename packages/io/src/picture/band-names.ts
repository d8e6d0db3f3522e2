import type { FitsHeader } from '@astronomaly/fits'

/** The bands of an image's planes: BAND0, BAND1 …, or the letters of BANDS, where there is one for each plane. */
export function bandNames(header: FitsHeader, planes: number): string[] | undefined {
  const text = (keyword: string): string | undefined => {
    const value = header.cards.find((card) => card.keyword === keyword)?.value
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const own = Array.from({ length: planes }, (_, plane) => text(`BAND${plane}`))
  if (own.every((name) => name !== undefined)) return own
  const letters = text('BANDS')
  return letters?.length === planes ? [...letters] : undefined
}
