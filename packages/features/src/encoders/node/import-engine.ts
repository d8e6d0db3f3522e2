import { UnsupportedError } from '@astronomaly/core'

/**
 * An engine's package, which is no dependency.
 *
 * @throws UnsupportedError with the command that installs it when it cannot be imported; the cause says why.
 */
export async function importEngine<Module>(engine: string, name: string): Promise<Module> {
  try {
    const found = await import(name)
    return found.default ?? found
  } catch (cause) {
    throw new UnsupportedError(
      `loadEncoder: engine ${engine} needs the package ${name}: npm install ${name}. Received ${(cause as Error).message.split('\n')[0]}`,
      { cause },
    )
  }
}
