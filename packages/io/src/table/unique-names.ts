/**
 * Names of columns, none twice: `col3` for the third when it has none; `flux_7` when the seventh's has occurred before.
 *
 * @param stored - The name that the file gives each column, or `''`.
 * @param nameless - Begins the name of a column without one.
 */
export function uniqueNames(stored: readonly string[], nameless = 'col'): string[] {
  const found = new Set<string>()
  return stored.map((name, i) => {
    let own = name === '' ? `${nameless}${i + 1}` : name
    if (found.has(own)) own = `${own}_${i + 1}`
    while (found.has(own)) own = `${own}_`
    found.add(own)
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
