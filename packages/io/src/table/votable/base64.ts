const codes = new Uint8Array(128).fill(255)
for (const [value, character] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) {
  codes[character.charCodeAt(0)] = value
}
const space = 254
for (const character of ' \t\r\n') codes[character.charCodeAt(0)] = space

/**
 * Decodes base64 (RFC 4648) as it comes, in pieces of any size, with white space anywhere.
 */
export class Base64Reader {
  private readonly fail: (rule: string) => never
  private bits = 0
  private digits = 0
  private padding = 0

  /** @param fail - Throws. */
  constructor(fail: (rule: string) => never) {
    this.fail = fail
  }

  /** The bytes that are complete now. */
  decode(text: string): Uint8Array {
    const out = new Uint8Array(Math.ceil((3 * (text.length + 4)) / 4))
    let length = 0
    for (let i = 0; i < text.length; i++) {
      const character = text.charCodeAt(i)
      const code = character < 128 ? codes[character]! : 255
      if (code === space) continue
      if (character === 0x3d && this.digits + this.padding >= 2 && this.digits + this.padding < 4) {
        this.padding++
        if (this.digits + this.padding === 4) {
          const group = this.bits << (6 * this.padding)
          out[length++] = group >> 16
          if (this.padding === 1) out[length++] = group >> 8
        }
        continue
      }
      if (code > 63 || this.padding > 0) this.fail(`stream must be base64. Received ${JSON.stringify(text.charAt(i))}`)
      this.bits = (this.bits << 6) | code
      if (++this.digits === 4) {
        out[length++] = this.bits >> 16
        out[length++] = this.bits >> 8
        out[length++] = this.bits
        this.bits = 0
        this.digits = 0
      }
    }
    return out.subarray(0, length)
  }

  /** Checks that the last group is whole. */
  finish(): void {
    if (this.digits > 0 && this.digits + this.padding !== 4) this.fail('base64 must end with a whole group')
  }
}
