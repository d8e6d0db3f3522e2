import { describeValue, ParameterError } from '@astronomaly/core'

/** Makes an address of the values of one object; values that the template does not name are passed over. */
export type UrlTemplate = (values: Readonly<Record<string, string | number | bigint>>) => string

/**
 * Addresses of one service from a template such as `https://example.org/cutout/{id}?ra={ra}&dec={dec}`.
 *
 * @param template - An http or https address; what stands in braces is replaced by the value of that name, percent-encoded. The host
 * cannot be a placeholder.
 * @returns A function that throws ParameterError for a value that is missing, empty, not finite, or that would change the address
 * around it: whatever the value, host, number of path segments and names of query parameters stay those of the template.
 * @throws ParameterError for a template that is no address, or whose braces do not pair.
 * @remarks Numbers are written in full, without an exponent.
 */
export function urlTemplate(template: string): UrlTemplate {
  const parts = typeof template === 'string' ? template.split(/\{([^{}]*)\}/) : []
  const names = parts.filter((_, i) => i % 2 === 1)
  const fixed = parts.filter((_, i) => i % 2 === 0)
  const fault = (rule: string): ParameterError =>
    new ParameterError(`urlTemplate: template must ${rule}. Received ${describeValue(template)}.`)
  if (fixed.some((part) => /[{}]/.test(part)) || names.includes('')) throw fault('have a name in each pair of braces')
  const host = names.length > 0 ? /^https?:\/\/[^/?#@\s]+[/?#]/i : /^https?:\/\/[^/?#@\s]+([/?#]|$)/i
  if (!host.test(fixed[0] ?? '')) {
    throw fault('begin with http:// or https:// and a host, without placeholders')
  }
  const shape = shapeOf(fill(parts, () => 'x'))
  if (shape === undefined) throw fault('be an address')
  return (values) => {
    const url = fill(parts, (name) => encodeURIComponent(textOf(name, values[name])))
    if (shapeOf(url) !== shape) {
      throw new ParameterError(
        `urlTemplate: values must not change the address around them. Received ${describeValue(url)}.`,
      )
    }
    return url
  }
}

function fill(parts: readonly string[], value: (name: string) => string): string {
  return parts.map((part, i) => (i % 2 === 1 ? value(part) : part)).join('')
}

/** What must be equal in all addresses of a template. */
function shapeOf(url: string): string | undefined {
  try {
    const { origin, pathname, searchParams } = new URL(url)
    return JSON.stringify([origin, pathname.split('/').length, [...searchParams].length])
  } catch {
    return undefined
  }
}

function textOf(name: string, value: unknown): string {
  let text: string | undefined
  if (typeof value === 'number' && Number.isFinite(value)) text = plainNumber(value)
  else if (typeof value === 'bigint' || (typeof value === 'string' && value !== '')) text = `${value}`
  if (text === undefined || !text.isWellFormed()) {
    throw new ParameterError(
      `urlTemplate: ${name} must be a finite number or text that is not empty. Received ${describeValue(value)}.`,
    )
  }
  return text
}

/** A number without an exponent. */
export function plainNumber(value: number): string {
  const text = String(value)
  if (!text.includes('e')) return text
  if (Math.abs(value) >= 1) return BigInt(value).toString()
  return value.toFixed(20).replace(/\.?0+$/, '')
}
