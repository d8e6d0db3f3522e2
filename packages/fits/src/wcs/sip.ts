import type { FitsHeader } from '../header/fits-header.ts'
import type { Distortion } from './distortion.ts'
import { type PolynomialTerm, planePolynomial } from './plane-polynomial.ts'

/** The greatest order of the convention. */
const greatestOrder = 9

type SipName = 'A' | 'B' | 'AP' | 'BP'

function order(header: FitsHeader, name: SipName): number | undefined {
  return header.integer(`${name}_ORDER`, 0, greatestOrder)
}

function terms(header: FitsHeader, name: SipName): PolynomialTerm[] {
  const out: PolynomialTerm[] = [name.startsWith('A') ? [1, 1, 0, 0] : [1, 0, 1, 0]]
  const most = order(header, name) ?? 0
  for (let i = 0; i <= most; i++) {
    for (let j = 0; i + j <= most; j++) {
      const factor = header.number(`${name}_${i}_${j}`) ?? 0
      if (!Number.isFinite(factor))
        throw header.fault(`${name}_${i}_${j}`, `must be a finite number. Received ${factor}`)
      if (factor !== 0) out.push([factor, i, j, 0])
    }
  }
  return out
}

/** Whether a header has SIP polynomials: orders of at least 2 in A and B. @throws FormatError when it has only one of them. */
export function hasSip(header: FitsHeader): boolean {
  const [a, b] = [order(header, 'A'), order(header, 'B')]
  if (a === undefined && b === undefined) return false
  if (a === undefined || b === undefined) {
    throw header.fault(
      a === undefined ? 'A_ORDER' : 'B_ORDER',
      'must be there beside the other order of SIP. It is missing',
    )
  }
  return a > 1 || b > 1
}

/**
 * The SIP polynomials of a header: A and B, solved by Newton's method from what AP and BP say.
 *
 * @see https://fits.gsfc.nasa.gov/registry/sip.html
 */
export function readSip(header: FitsHeader): Distortion {
  const forward = planePolynomial(terms(header, 'A'), terms(header, 'B'), 1)
  const guess =
    order(header, 'AP') !== undefined && order(header, 'BP') !== undefined
      ? planePolynomial(terms(header, 'AP'), terms(header, 'BP'), 1)
      : undefined
  return {
    name: 'SIP',
    onPixels: true,
    apply: forward.apply,
    solve(f, g, out) {
      if (guess) {
        guess.apply(f, g, out)
        if (forward.solve(f, g, out[0]!, out[1]!, out)) return true
      }
      return forward.solve(f, g, f, g, out)
    },
  }
}
