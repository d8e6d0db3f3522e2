import { access, constants, stat } from 'node:fs/promises'
import { ParameterError } from '@astronomaly/core'
import { makeFolder } from '@astronomaly/core/node'

/** Makes a folder for pictures. @throws ParameterError when it cannot be made or written. */
export async function prepareFolder(subject: string, out: string): Promise<string> {
  const unwritable = (code: string, cause?: unknown): ParameterError =>
    new ParameterError(`${subject}: out must be a folder that can be written. Received ${out} (${code}).`, { cause })
  try {
    await makeFolder(out)
    if ((await stat(out)).isDirectory()) {
      await access(out, constants.R_OK | constants.W_OK | constants.X_OK)
      return out
    }
  } catch (cause) {
    throw unwritable((cause as NodeJS.ErrnoException).code ?? String(cause), cause)
  }
  throw unwritable('ENOTDIR')
}
