import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Path of a package's WebAssembly file: beside this module in the published package, in that package where sources run. */
export function wasmFile(specifier: string): string {
  const beside = fileURLToPath(new URL(`./${basename(specifier)}`, import.meta.url))
  return existsSync(beside) ? beside : createRequire(import.meta.url).resolve(specifier)
}
