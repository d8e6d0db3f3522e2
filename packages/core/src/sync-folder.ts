import { open } from 'node:fs/promises'

/** Makes the names of a folder's files as durable as their content. Systems that cannot open or sync a folder do without. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined)
  await handle?.sync().catch(() => {})
  await handle?.close()
}
