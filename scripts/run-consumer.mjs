import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installedSizes } from './installed-size.mjs'
import { manifest, packageFolders } from './prepare.mjs'
import { CommandFailed, execute, node, pnpm, root, run } from './run-step.mjs'

/** Releases of Node that must run the packages, besides the one that runs the tests. */
const nodeReleases = ['20', '22', '24', '26']

/** Bytes that the command may bring with all its dependencies, but for sharp. */
const mostInstalled = 25e6

/** The encoders' test of bits: its files, and the hashes it must give everywhere. */
const bits = join(root, 'packages', 'features', 'test')
const bitFiles = ['engine-bits.ts', 'made-up.ts', 'pack-weights.ts']

/** The TypeScript block of the README that stands below the mark. */
function readmeSnippet() {
  const text = readFileSync(join(root, 'README.md'), 'utf8')
  const found = /<!-- run by the tests -->\s*```ts\n([\s\S]*?)```/.exec(text)
  if (!found) throw new CommandFailed('README.md: the TypeScript block marked "run by the tests" is missing')
  return found[1]
}

/** One import of every entry point that the packages export. */
function importAll(manifests) {
  const entries = manifests.flatMap(({ name, exports }) =>
    Object.keys(exports)
      .filter((path) => path !== './package.json')
      .map((path) => name + path.slice(1)),
  )
  const lines = entries.map((entry, i) => `import * as entry${i} from '${entry}'`)
  const checks = entries.map(
    (entry, i) => `if (Object.keys(entry${i}).length === 0) throw new Error('${entry} exports nothing')`,
  )
  return `${[...lines, ...checks].join('\n')}\n`
}

/** A program that fails unless the engines give the committed bits. */
function checkBits(golden) {
  return `import { deepStrictEqual, strictEqual } from 'node:assert'
import { engineBits } from './engine-bits.js'
deepStrictEqual(await engineBits(), ${golden})
strictEqual('_tfengine' in globalThis, false) // Another TensorFlow.js of the process would change the backend.
`
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`

/** Fails when the command with all its dependencies has become heavy. The decoder of pictures, sharp, is stated by itself. */
function checkSizes(folder) {
  const sizes = [...installedSizes('@astronomaly/cli', folder)]
  const sum = (chosen) => chosen.reduce((total, [, bytes]) => total + bytes, 0)
  const isDecoder = ([name]) => /^(sharp|@img\/.+)@/.test(name)
  const command = sum(sizes.filter((size) => !isDecoder(size)))
  const engines = sum(sizes.filter(([name]) => name.startsWith('@astronomaly/features@')))
  console.log(
    `installed: ${megabytes(command)}, of it ${megabytes(engines)} features with engines; ${megabytes(sum(sizes.filter(isDecoder)))} sharp beside`,
  )
  if (command > mostInstalled) {
    const list = sizes.sort((a, b) => b[1] - a[1]).map(([name, bytes]) => `${megabytes(bytes)} ${name}`)
    throw new CommandFailed(`@astronomaly/cli must install at most ${megabytes(mostInstalled)}:\n${list.join('\n')}`)
  }
}

/**
 * Makes a project outside the workspace that depends on the packed tarballs, checks the types of the README's snippet in it and
 * runs the snippet on every supported release of Node.
 */
export async function runConsumer(folder, tarballFolder) {
  const manifests = packageFolders().map(manifest)
  const tarballs = readdirSync(tarballFolder)
  const specs = Object.fromEntries(
    manifests.map(({ name, version }) => {
      const file = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`
      if (!tarballs.includes(file)) throw new CommandFailed(`${file} was not packed`)
      return [name, `file:${join(tarballFolder, file)}`]
    }),
  )
  const { devDependencies } = manifest(root)
  mkdirSync(join(folder, 'src'), { recursive: true })
  cpSync(join(root, 'test', 'consumer'), folder, { recursive: true })
  const own = {
    name: 'consumer',
    private: true,
    type: 'module',
    dependencies: specs,
    devDependencies: { '@types/node': devDependencies['@types/node'], typescript: devDependencies.typescript },
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(own, null, 2))
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), `packages: []\noverrides: ${JSON.stringify(specs)}\n`)
  writeFileSync(join(folder, 'src', 'readme.ts'), readmeSnippet())
  writeFileSync(join(folder, 'src', 'import-all.ts'), importAll(manifests))
  for (const file of bitFiles) cpSync(join(bits, 'encoders', file), join(folder, 'src', file))
  writeFileSync(join(folder, 'src', 'engines.ts'), checkBits(readFileSync(join(bits, 'golden', 'engine-bits.json'))))
  const install = ['install', '--ignore-scripts', '--prefer-offline', '--no-frozen-lockfile', '--reporter=append-only']
  await pnpm(install, { cwd: folder, capture: true })
  checkSizes(folder)
  const tsc = join(folder, 'node_modules', 'typescript', 'bin', 'tsc')
  await node(tsc, ['-p', folder], { cwd: folder })
  // Only what is said of our files counts: the declarations of a dependency may contradict TypeScript's own.
  const { output } = await execute(process.execPath, [tsc, '-p', folder, '--noEmit', '--skipLibCheck', 'false'], {
    cwd: folder,
    capture: true,
  })
  const ours = output.split('\n').filter((line) => line.includes('@astronomaly'))
  if (ours.length > 0) throw new CommandFailed(`packed declarations:\n${ours.join('\n')}`)
  console.log('types: the snippet compiles, and the packed declarations are sound')

  for (const script of ['import-all.js', 'readme.js', 'engines.js']) await runOn(process.version, folder, script)
  const here = process.versions.node.split('.')[0]
  for (const release of nodeReleases.filter((r) => r !== here)) {
    for (const script of ['readme.js', 'engines.js']) await runOn(release, folder, script)
  }
}

async function runOn(release, folder, script) {
  const cwd = join(folder, `node-${release}`)
  mkdirSync(cwd, { recursive: true })
  const file = join(folder, 'dist', script)
  if (release === process.version) await node(file, [], { cwd, capture: true })
  else await run('npx', ['--yes', '-p', `node@${release}`, 'node', file], { cwd, capture: true })
  console.log(`${script} runs on Node ${release}`)
}
