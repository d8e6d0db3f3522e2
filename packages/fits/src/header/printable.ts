/** Text that a FITS string can hold: printable ASCII, the rest as `%XX`. */
export function printable(text: string): string {
  // Lone surrogates have no UTF-8 form.
  return text.replace(/\p{Surrogate}/gu, '\ufffd').replace(/[^ -~]+/gu, encodeURIComponent)
}
