#!/usr/bin/env node
import { resolve } from 'node:path'
import type { NpmCall } from './npm-options.ts'
import { runCli } from './run-cli.ts'
import { createSession } from './session.ts'

const controller = new AbortController()
process.on('SIGINT', () => {
  if (controller.signal.aborted) process.exit(130)
  controller.abort(new Error('interrupted'))
})
process.on('SIGTERM', () => controller.abort(new Error('terminated')))
const base = process.env.ASTRONOMALY_CWD ?? process.cwd()
// What the scripts of a clone tell of the call; see scripts/astronomaly.mjs.
const { ASTRONOMALY_TYPED: typed } = process.env
const session = createSession({
  out: process.stdout,
  err: process.stderr,
  signal: controller.signal,
  command: process.env.ASTRONOMALY_COMMAND ?? 'astronomaly',
  npm: typed === undefined ? undefined : { ...(JSON.parse(typed) as Omit<NpmCall, 'env'>), env: process.env },
  resolve: (path) => resolve(base, path),
})
process.exitCode = await runCli(process.argv.slice(2), session)
