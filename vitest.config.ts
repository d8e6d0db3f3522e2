import { defineConfig } from 'vitest/config'

const shared = {
  resolve: { conditions: ['@astronomaly/source'] },
  ssr: { resolve: { conditions: ['@astronomaly/source'] } },
}

export default defineConfig({
  ...shared,
  test: {
    maxWorkers: 2,
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
          testTimeout: 60_000,
          globalSetup: './scripts/bundle-workers.mjs',
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          include: ['packages/*/test-e2e/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
