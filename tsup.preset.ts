import { defineConfig, type Options } from 'tsup'
import { bundleWorkersInto } from './scripts/bundle-workers.mjs'

/** The one build of every package: ES modules for Node 20 and browsers, with declarations unless `ASTRONOMALY_BUILD=js`. */
export function preset(entry: string[]): Options | Options[] | ((o: Options) => Options) {
  return defineConfig({
    entry: Object.fromEntries(entry.map((file) => [file.replace(/^src\//, '').replace(/\.ts$/, ''), file])),
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
