export * from './ranking-metrics.ts'
