const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  // A raw carriage return would reach the reader as a line feed.
  '\r': '&#13;',
}

/**
 * Text as it may stand between tags and inside quoted attributes.
 *
 * @returns The text with the five markup characters as entities; controls, lone surrogates and noncharacters, which HTML cannot
 * carry, become U+FFFD.
 */
export function escapeHtml(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\ufdd0-\ufdef\ufffe\uffff]/gu, (c) => (/[\t\n\r]/.test(c) ? c : '\ufffd'))
    .replace(/[&<>"'\r]/g, (c) => entities[c] ?? c)
}

/** Text of at most `length` characters: what is longer loses its middle. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text
  const head = Math.ceil((length - 1) * 0.7)
  return `${text.slice(0, head)}…${text.slice(text.length - (length - 1 - head))}`
}
