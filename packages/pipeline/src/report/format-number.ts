const missing = '–'

/** A measured value for the eye, such as `0.6123`, `−12.30` or `3.1e-7`; a dash for what is not a finite number. */
export function formatNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return missing
  const size = Math.abs(value)
  if (size !== 0 && (size >= 1e6 || size < 1e-3)) return value.toExponential(2).replace(/^-/, '−')
  const whole = size < 1 ? 0 : Math.floor(Math.log10(size)) + 1
  return value.toFixed(Math.max(0, digits - whole)).replace(/^-/, '−')
}

/** A count with its thousands apart, such as `12,345`; a dash for what is not a finite number. */
export function formatCount(value: number): string {
  if (!Number.isFinite(value)) return missing
  const [whole = '', part] = String(Math.round(value * 10) / 10).split('.')
  return `${whole.replace(/^-/, '−').replace(/\B(?=(\d{3})+$)/g, ',')}${part ? `.${part}` : ''}`
}

/** A number of things, such as `1 object` and `1,200 objects`. */
export function formatNumberOf(count: number, thing: string, things = `${thing}s`): string {
  return `${formatCount(count)} ${count === 1 ? thing : things}`
}

/** A share in [0, 1] as a percentage; a dash for what is not a finite number. */
export function formatPercent(share: number, decimals = 0): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(decimals)} %` : missing
}
