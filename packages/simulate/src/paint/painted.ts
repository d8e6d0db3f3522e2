import type { Canvas, Frame } from './canvas.ts'
import { addMap, elliptical, integratePixels } from './canvas.ts'
import { sersicProfile } from './sersic-profile.ts'

/** Plain data that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** A galaxy before the atmosphere, and what is known of it. */
export interface Painted {
  readonly light: Canvas
  /** The model that a catalogue would fit. */
  readonly type: 'EXP' | 'DEV' | 'COMP'
  /** Half-light radius of the exponential part, pixels; 0 without one. */
  readonly expRadius: number
  /** Half-light radius of the de Vaucouleurs part, pixels; 0 without one. */
  readonly devRadius: number
  /** How far the light is from a smooth model, 0 to 1: raises the catalogue's rchisq. */
  readonly roughness: number
  /** What was drawn. */
  readonly parameters: { readonly [name: string]: Json }
}

/** Adds a Sérsic profile; flux beyond the picture is lost. */
export function addSersic(
  canvas: Canvas,
  frame: Frame,
  shape: { readonly radius: number; readonly index: number },
  flux: readonly number[],
): void {
  const profile = sersicProfile({ ...shape, axisRatio: frame.axisRatio })
  const brightness = elliptical(frame, profile.brightness)
  addMap(canvas, integratePixels(canvas.width, canvas.height, frame.x, frame.y, brightness), flux)
}
