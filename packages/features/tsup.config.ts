import { copyFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { defineConfig } from 'tsup'
import { preset } from '../../tsup.preset.ts'

/** The engines' modules stay outside: they are bundled by themselves, with the packages they come from. */
const leaveEngines = {
  name: 'leave-engines',
  setup(build: { onResolve: (on: { filter: RegExp }, use: (at: { path: string }) => object) => void }) {
    build.onResolve({ filter: /\/engines\/\w+\.ts$/ }, ({ path }) => ({
      path: `./engines/${basename(path, '.ts')}.js`,
      external: true,
    }))
  },
}

const wasmFiles = [
  '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
  'onnxruntime-web/ort-wasm-simd-threaded.wasm',
]

const libraries = preset()

export default defineConfig([
  { ...libraries, clean: ['!engines/**'], esbuildPlugins: [leaveEngines] },
  {
    entry: { tfjs: 'src/encoders/node/engines/tfjs.ts', onnx: 'src/encoders/node/engines/onnx.ts' },
    outDir: 'dist/engines',
    format: 'esm',
    target: 'node20',
    platform: 'node',
    tsconfig: '../../tsconfig.build.json',
    clean: true,
    splitting: false,
    minify: true,
    // Node has fetch, and nothing is fetched.
    external: ['node-fetch'],
    // TensorFlow.js and what emscripten wrote for it expect to be CommonJS. Its chosen backend hangs on the global object, where
    // another TensorFlow.js of the process would change it; this one has a global object of its own.
    banner: {
      js: `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url), { dirname: __dirname, filename: __filename } = import.meta
const ownGlobal = Object.create(globalThis)`,
    },
    define: { global: 'ownGlobal', window: 'undefined' },
    esbuildOptions(options) {
      options.mainFields = ['module', 'main']
      options.legalComments = 'eof'
    },
    async onSuccess() {
      const { resolve } = createRequire(import.meta.url)
      for (const file of wasmFiles) copyFileSync(resolve(file), join('dist', 'engines', basename(file)))
    },
  },
])
