/** Names that are compared at most: beyond, a suggestion is not worth the time. */
const mostCompared = 200_000

/** How many letters must be changed, added or left out to make `b` of `a`; more than `most` is `most + 1`. */
function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + Number(a[i - 1] !== b[j - 1])
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1))
      least = Math.min(least, next[j]!)
    }
    if (least > most) return most + 1
    row = next
  }
  return row[b.length]!
}

/** The name that is most like `wanted`, case aside; undefined when none is near. */
export function nearestName(wanted: string, names: Iterable<string>): string | undefined {
  const low = wanted.toLowerCase()
  let reach = Math.min(2, Math.floor(low.length / 3))
  let nearest: string | undefined
  let compared = 0
  for (const name of names) {
    if (++compared > mostCompared) break
    const distance = editDistance(low, name.toLowerCase(), reach)
    if (distance > reach) continue
    nearest = name
    reach = distance - 1
    if (reach < 0) break
  }
  return nearest
}

/** Such as `'; did you mean rating?'`; empty when no name is near. */
export function didYouMean(wanted: string, names: Iterable<string>): string {
  const nearest = nearestName(wanted, names)
  return nearest === undefined ? '' : `; did you mean ${nearest}?`
}
