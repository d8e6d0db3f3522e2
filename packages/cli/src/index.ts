export { ProgressLine, type ProgressOutput } from './progress-line.ts'
export { exitCodes, runCli } from './run-cli.ts'
export { createSession, type Session } from './session.ts'
