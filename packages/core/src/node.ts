export { withFolderLock } from './folder-lock.ts'
export { makeFolder } from './make-folder.ts'
export { createPool, type Pool, type PoolOptions } from './threads/pool.ts'
export { writeFileAtomic } from './write-file-atomic.ts'
