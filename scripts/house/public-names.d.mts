import type { SourceFile } from 'typescript'

/** A checkout with its packages; more members are for the script alone. */
export interface House {
  readonly packages: readonly HousePackage[]
  module(file: string): { readonly source: SourceFile }
}

export interface HousePackage {
  readonly roots: readonly PublicRoot[]
  /** Its sources. */
  readonly files: readonly string[]
}

/** What `import … from specifier` reads. */
export interface PublicRoot {
  readonly specifier: string
  readonly file: string
}

export function openHouse(root: string): House

export function publicNames(house: House, file: string): string[]
