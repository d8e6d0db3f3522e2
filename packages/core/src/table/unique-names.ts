/**
 * Names of columns, none twice: `col3` for the third when it has none; `flux_7` when the seventh's has occurred before. A name's first column keeps it.
 *
 * @param stored - The name that the file gives each column, or `''`.
 * @param nameless - Begins the name of a column without one.
 */
export function uniqueNames(stored: readonly string[], nameless = 'col'): string[] {
  const taken = new Set(stored)
  const kept = new Set([''])
  return stored.map((name, i) => {
    if (!kept.has(name)) {
      kept.add(name)
      return name
    }
    let own = name === '' ? `${nameless}${i + 1}` : `${name}_${i + 1}`
    while (taken.has(own)) own = `${own}_`
    taken.add(own)
    return own
  })
}

/** What to tell of names that had to be changed; undefined when none had. */
export function renamedWarning(
  subject: string,
  stored: readonly string[],
  names: readonly string[],
): string | undefined {
  const renamed = stored.flatMap((name, i) => (name !== '' && name !== names[i] ? [`${name} as ${names[i]}`] : []))
  if (renamed.length === 0) return undefined
  return `${subject}: column names must differ. Those that occur again are read as others: ${renamed.join(', ')}`
}
