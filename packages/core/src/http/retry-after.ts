/**
 * The wait that a Retry-After header asks for, in milliseconds; undefined when it is neither seconds nor a date.
 *
 * @param now - Milliseconds since 1970. A date in the past gives 0.
 * @see RFC 9110, sections 5.6.7 and 10.2.3
 */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  const text = value?.trim() ?? ''
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, Number.MAX_SAFE_INTEGER)
  const asctime = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/.test(text)
  const date =
    asctime || /^[A-Z][a-z]{2,8}, .* GMT$/.test(text) ? Date.parse(asctime ? `${text} GMT` : text) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
