const longest = 200

/**
 * A value as it stands after *Received* in a message: short, and never an error itself, whatever the value is.
 *
 * @returns `String(value)`, cut off after 200 characters; a long array as its length, an object without text as its type.
 */
export function describeValue(value: unknown): string {
  if (Array.isArray(value) && value.length > longest) return `an array of ${value.length}`
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of ${value.byteLength} bytes`
  let text: string
  try {
    text = String(value)
  } catch {
    // An object without a prototype, or whose toString is no function: JSON can bring the latter.
    return `an ${typeof value}`
  }
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}
