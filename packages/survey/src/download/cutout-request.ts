/** Begins every message of a download. */
export const subject = 'downloadCutouts'

/** One object of a download. */
export interface CutoutRequest {
  /** Names the object and its file: not empty, unique. */
  readonly id: string
  /** Of http or https. */
  readonly url: string
  /** Why there is nothing to ask for: the object fails for good with this reason, such as `'no-position'`. */
  readonly fault?: { readonly reason: string; readonly message: string }
}
