/** A checkout with its packages; more members are for the script alone. */
export interface House {
  readonly packages: readonly { readonly roots: readonly PublicRoot[] }[]
}

/** What `import … from specifier` reads. */
export interface PublicRoot {
  readonly specifier: string
  readonly file: string
}

export function openHouse(root: string): House

export function publicNames(house: House, file: string): string[]
