import type { RunOptions } from '@astronomaly/pipeline'
import type { Session } from './session.ts'
import { WarningList } from './warnings.ts'

/** What a command is given to work with. */
export interface Performance {
  /** For its calls of the libraries. */
  readonly run: Required<Pick<RunOptions, 'signal' | 'onProgress' | 'onWarning'>>
  /** Writes a result on lines of its own. */
  readonly say: (text: string) => void
}

/** Runs the body of a command; what it warned of is said in the end, also when it fails. */
export async function perform(session: Session, body: (performance: Performance) => Promise<void>): Promise<void> {
  const { progress, signal, out, err } = session
  const warnings = new WarningList()
  try {
    await body({
      run: { signal, onProgress: (report) => progress.show(report), onWarning: (warning) => warnings.add(warning) },
      say: (text) => {
        progress.end()
        out.write(`${text}\n`)
      },
    })
  } finally {
    progress.end()
    for (const line of warnings.lines()) err.write(`${line}\n`)
  }
}
