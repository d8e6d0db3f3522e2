import { createSession, runCli } from '../src/index.ts'

/** What a command printed, and how it ended. */
export interface CallOutcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Calls the command line as from a folder. @param more - What else the session has. */
export async function callWith(
  args: readonly string[],
  resolve: (path: string) => string,
  more: Partial<Parameters<typeof createSession>[0]> = {},
): Promise<CallOutcome> {
  let out = ''
  let err = ''
  const session = createSession({
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
    signal: new AbortController().signal,
    resolve,
    ...more,
  })
  const code = await runCli([...args], session)
  return { code, out, err }
}
