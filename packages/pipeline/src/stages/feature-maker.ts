import { AstronomalyError, NotFoundError } from '@astronomaly/core'
import type { EncoderEngine, EncoderFileOptions } from '@astronomaly/features/node'
import type { LoadedImage } from '@astronomaly/io/node'
import type { FeatureKind } from '../run/run-record.ts'

/** How the encoder's file is understood, where it does not say it itself. */
export type EncoderOptions = EncoderFileOptions

/** What decides the numbers that a picture becomes; plain JSON, part of a shard's key. */
export interface FeatureSettings {
  readonly features: 'both' | 'encoder' | 'morphology'
  readonly preprocess: 'auto' | 'paper' | 'rgb'
  readonly crop: number
  readonly encoder: string | null
  readonly encoderOptions: EncoderOptions | null
  readonly engine: EncoderEngine
  readonly views: 1 | 4 | 8
  readonly maxMissing: number
  /** How many bits the survey's pictures of 16 bits use. */
  readonly bits: number
}

/** The features of one picture, or why there are none. */
export type FeatureOutcome =
  | { readonly features: Float32Array; readonly warnings: readonly string[] }
  | { readonly reason: string; readonly transient: boolean }

/** Turns pictures into feature vectors of one kind. */
export interface FeatureMaker extends FeatureKind {
  /** Identifies method and weights. */
  readonly id: string
  /** One outcome a picture, in order. */
  make(pictures: readonly LoadedImage[]): Promise<FeatureOutcome[]>
  dispose(): Promise<void>
}

/** The preset for one picture: `'auto'` asks where the picture came from. */
export function presetFor(choice: 'auto' | 'paper' | 'rgb', origin: 'rendered' | 'science'): 'paper' | 'rgb' {
  return choice === 'auto' ? (origin === 'science' ? 'paper' : 'rgb') : choice
}

/**
 * Why there is nothing of one picture; whatever it makes go wrong, the others go on. What the picture itself is to blame for
 * stays so; a failure of disk, memory or engine is transient, and the next run tries again.
 */
export function rejectionOf(error: unknown): { readonly reason: string; readonly transient: boolean } {
  if (error instanceof AstronomalyError) return { reason: error.message, transient: error instanceof NotFoundError }
  return { reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error), transient: true }
}
