import type { NpmCall } from './npm-options.ts'
import { ProgressLine, type ProgressOutput } from './progress-line.ts'

/** What a command needs of the process that it runs in. */
export interface Session {
  /** Results. */
  readonly out: ProgressOutput
  /** Progress, warnings and errors. */
  readonly err: ProgressOutput
  readonly progress: ProgressLine
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  /** How the user calls this command, for texts that name it. */
  readonly command: string
  /** How npm was asked for the command, when it came through a script of npm. */
  readonly npm?: NpmCall | undefined
  /** Turns a path that the user wrote into an absolute one. */
  resolve(path: string): string
}

/** Bundles streams, progress and signal. */
export function createSession(parts: Omit<Session, 'progress' | 'command'> & { readonly command?: string }): Session {
  return { command: 'astronomaly', ...parts, progress: new ProgressLine(parts.err) }
}
