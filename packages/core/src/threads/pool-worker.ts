import { serveThread } from './serve-thread.ts'

type TaskFunction = (task: unknown, options: { readonly signal: AbortSignal }) => unknown

serveThread(async ({ filename, exportName }: { readonly filename: string; readonly exportName: string }) => {
  const exported = (await import(filename)) as Record<string, TaskFunction>
  const run = exported[exportName]
  if (typeof run !== 'function') throw new TypeError(`pool: ${filename} must export a function ${exportName}`)
  return { work: async (task, signal) => ({ result: await run(task, { signal }) }) }
})
