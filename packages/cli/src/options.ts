import { availableParallelism } from 'node:os'
import { InvalidArgumentError } from 'commander'
import type { Session } from './session.ts'

/** Parses a number that an option was given. */
export function number(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value))
    throw new InvalidArgumentError(`must be a number. Received '${text}'.`)
  return value
}

/** Parses a list such as `g,r,z`. */
export function list(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.some((part) => part === ''))
    throw new InvalidArgumentError(`must be names between commas. Received '${text}'.`)
  return parts
}

/** Parses what black and white are to a network, such as `0-255` or `-1-1`. */
export function range(text: string): [black: number, white: number] {
  const [, black, white] = /^\s*(-?[\d.]+)\s*[-,]\s*(-?[\d.]+)\s*$/.exec(text) ?? []
  if (black === undefined || white === undefined)
    throw new InvalidArgumentError(`must be two numbers such as 0-255, 0-1 or -1-1. Received '${text}'.`)
  return [number(black), number(white)]
}

/** Parses a time in seconds to milliseconds. */
export function seconds(text: string): number {
  return 1000 * number(text)
}

/** Parses a number, or else the name of a column. */
export function numberOrColumn(text: string): number | string {
  const value = Number(text)
  if (text.trim() === '') throw new InvalidArgumentError(`must be a number or a column. Received '${text}'.`)
  return Number.isFinite(value) ? value : text
}

/** Parses a regular expression. */
export function expression(text: string): RegExp {
  try {
    return new RegExp(text, 'i')
  } catch {
    throw new InvalidArgumentError(`must be a regular expression. Received '${text}'.`)
  }
}

/** Parses the number or name of a table. */
export function tableName(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text
}

/** Parses a seed: a whole number, or any text. */
export function seed(text: string): number | string {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text
}

/** Parses a path as its reader means it. */
export function pathIn(session: Session): (text: string) => string {
  return (text) => session.resolve(text)
}

/** The default number of threads: all cores, but never so many that memory becomes the limit. */
export const defaultWorkers: number = Math.min(8, availableParallelism())
