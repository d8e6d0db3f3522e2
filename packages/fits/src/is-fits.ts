const signature = 'SIMPLE  ='

/** Whether `bytes` begin as a FITS file does, with the card `SIMPLE  =`. */
export function isFits(bytes: Uint8Array): boolean {
  if (bytes.length < signature.length) return false
  for (let i = 0; i < signature.length; i++) if (bytes[i] !== signature.charCodeAt(i)) return false
  return true
}
