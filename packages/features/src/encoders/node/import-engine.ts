import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UnsupportedError } from '@astronomaly/core'

/** The address of a package as the folder where the process runs has it, whose command may be installed elsewhere; undefined where it has none. */
function inCurrentFolder(name: string): string | undefined {
  try {
    return pathToFileURL(createRequire(join(process.cwd(), '/')).resolve(name)).href
  } catch {
    return undefined
  }
}

/** Imports a package from where this one is installed, else from the current folder. */
async function importAnywhere(name: string): Promise<{ readonly default?: unknown }> {
  try {
    return await import(name)
  } catch (cause) {
    const address = inCurrentFolder(name)
    if (address === undefined) throw cause
    return import(address)
  }
}

/**
 * An engine's package, which is no dependency.
 *
 * @throws UnsupportedError with the command that installs it when it cannot be imported; the cause says why.
 */
export async function importEngine<Module>(engine: string, name: string): Promise<Module> {
  try {
    const imported = await importAnywhere(name)
    return (imported.default ?? imported) as Module
  } catch (cause) {
    throw new UnsupportedError(
      `loadEncoder: engine ${engine} needs the package ${name} in the current folder or beside @astronomaly/features: npm install ${name}. Received ${(cause as Error).message.split('\n')[0]}`,
      { cause },
    )
  }
}
