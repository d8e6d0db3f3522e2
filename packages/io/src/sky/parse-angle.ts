import { numberOf } from '../table/text-values.ts'

const sexagesimal =
  /^([+\-−]?)\s*(\d{1,3})\s*(?:([:hd°])|\s)\s*(\d{1,2}(?:\.\d*)?)\s*(?:[:m'′]|\s|$)\s*(?:(\d{1,2}(?:\.\d*)?)\s*(?:s|"|″|'')?)?\s*$/i

/** Degrees in what a catalogue's numbers count. */
export type AngleUnit = 'deg' | 'hour' | 'rad'

const unitWords: Readonly<Record<AngleUnit, RegExp>> = {
  deg: /^\[?(?:deg|degs|degree|degrees|degree\(s\)|degrees?_(?:east|north)|°|d|d:m:s|"d:m:s"|dms)\]?(?: \(.*\))?$/i,
  hour: /^\[?(?:h|hr|hrs|hour|hours|hourangle|h:m:s|"h:m:s"|hms)\]?(?: \(.*\))?$/i,
  rad: /^\[?(?:rad|rads|radian|radians)\]?$/i,
}

/** The unit of angles that a column's unit is: `'none'` where it has none, `undefined` where it is another unit. */
export function angleUnitOf(unit: string | undefined): AngleUnit | 'none' | undefined {
  const text = unit?.trim() ?? ''
  if (/^(?:|-+|none|null)$/i.test(text)) return 'none'
  return (Object.keys(unitWords) as AngleUnit[]).find((name) => unitWords[name].test(text))
}

const degrees: Readonly<Record<AngleUnit, number>> = { deg: 1, hour: 15, rad: 180 / Math.PI }

/**
 * The angle that a text says, in degrees: a number of the unit, or sexagesimal (`10:20:30.5`, `10h20m30.5s`, `-00 30 00`, `41d16.2m`).
 *
 * @param unit - Of numbers alone.
 * @param parts - What the first of sexagesimal parts counts where no letter says it: hours for right ascensions, degrees else.
 * @returns NaN when the cell is missing, `undefined` when it says no angle: also minutes or seconds from 60 on.
 */
export function parseAngle(text: string, unit: AngleUnit, parts: 'hour' | 'deg'): number | undefined {
  const plain = numberOf(text)
  if (plain !== undefined) return plain * degrees[unit]
  const match = sexagesimal.exec(text.trim())
  if (!match) return undefined
  const [, sign, first, mark = '', minutes = '0', seconds = '0'] = match
  if (Number(minutes) >= 60 || Number(seconds) >= 60) return undefined
  if (match[5] !== undefined && minutes.includes('.')) return undefined
  const size = Number(first) + Number(minutes) / 60 + Number(seconds) / 3600
  const isHours = /h/i.test(mark) || (parts === 'hour' && !/[d°]/i.test(mark))
  return (sign === '-' || sign === '−' ? -size : size) * (isHours ? 15 : 1)
}
