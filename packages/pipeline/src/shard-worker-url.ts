/** The module that threads run, beside this one in what is published. */
export const shardWorkerUrl: string = new URL('./shard-worker.js', import.meta.url).href
