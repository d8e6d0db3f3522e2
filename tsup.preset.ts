import { readFileSync } from 'node:fs'
import { defineConfig, type Options } from 'tsup'
import { bundleWorkersInto } from './scripts/bundle-workers.mjs'

/** The sources that the package.json of the folder where the build runs makes public. */
function publicEntries(): string[] {
  const { exports, bin = {} } = JSON.parse(readFileSync('package.json', 'utf8'))
  const sources = Object.values<{ '@astronomaly/source'?: string }>(exports).flatMap(
    (target) => target['@astronomaly/source'] ?? [],
  )
  const commands = Object.values<string>(bin).map((file) => file.replace('/dist/', '/src/').replace(/\.js$/, '.ts'))
  return [...sources, ...commands]
}

/**
 * The one build of every package: ES modules for Node 20 and browsers, with declarations unless `ASTRONOMALY_BUILD=js`.
 *
 * @param threads - Files that a worker thread begins with, beside what package.json makes public.
 */
export function preset(threads: string[] = []): Options | Options[] | ((o: Options) => Options) {
  const entries = [...publicEntries(), ...threads]
  return defineConfig({
    entry: Object.fromEntries(entries.map((file) => [file.replace(/^(\.\/)?src\//, '').replace(/\.ts$/, ''), file])),
    format: 'esm',
    target: 'node20',
    platform: 'neutral',
    external: [/^node:/],
    clean: true,
    sourcemap: false,
    splitting: true,
    tsconfig: '../../tsconfig.build.json',
    onSuccess: () => bundleWorkersInto('dist', 'src'),
    dts: process.env.ASTRONOMALY_BUILD === 'js' ? false : { compilerOptions: { ignoreDeprecations: '6.0' } },
  }) as Options
}
