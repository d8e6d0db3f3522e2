import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installedSizes } from './installed-size.mjs'
import { manifest, packageFolders } from './prepare.mjs'
import { CommandFailed, execute, node, pnpm, root, run } from './run-step.mjs'

/** Releases of Node that must run the packages, besides the one that runs the tests. */
const nodeReleases = ['20', '22', '24', '26']

/** Bytes that a package may bring with all its dependencies, but for sharp, the decoder of pictures, which is stated by itself. */
const mostInstalled = { '@astronomaly/cli': 25e6, '@astronomaly/fits': 1.5e6 }

/** The encoders' test of bits: its files, and the hashes it must give everywhere. */
const bits = join(root, 'packages', 'features', 'test')
const bitFiles = ['engine-bits.ts', 'made-up.ts', 'pack-weights.ts']

/** The TypeScript block of a README that stands below the mark. */
function readmeSnippet(readme) {
  const text = readFileSync(join(root, readme), 'utf8')
  const block = /<!-- run by the tests -->\s*```ts\n([\s\S]*?)```/.exec(text)
  if (!block) throw new CommandFailed(`${readme}: the TypeScript block marked "run by the tests" is missing`)
  return block[1]
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

/** States what `name` installs with all its dependencies, and fails when that has become heavy. Returns the names with versions. */
function checkSizes(name, folder) {
  const sizes = [...installedSizes(name, folder)].sort((a, b) => b[1] - a[1])
  const sum = (chosen) => megabytes(chosen.reduce((total, [, bytes]) => total + bytes, 0))
  const isDecoder = ([key]) => /^(sharp|@img\/.+)@/.test(key)
  const decoder = sizes.filter(isDecoder)
  const rest = sizes.filter((size) => !isDecoder(size))
  const [heaviest, bytes] = rest[0]
  const beside = decoder.length > 0 ? `; ${sum(decoder)} sharp beside` : ''
  console.log(`${name} installs ${sum(rest)}, of it ${megabytes(bytes)} ${heaviest}${beside}`)
  if (rest.reduce((total, size) => total + size[1], 0) > mostInstalled[name]) {
    const list = sizes.map(([key, bytes]) => `${megabytes(bytes)} ${key}`)
    throw new CommandFailed(`${name} must install at most ${megabytes(mostInstalled[name])}:\n${list.join('\n')}`)
  }
  return sizes.map(([key]) => key)
}

/** Makes a project outside the workspace that depends on some of the packed tarballs, and checks the types of its sources. */
async function makeProject(folder, names, specs, sources) {
  mkdirSync(join(folder, 'src'), { recursive: true })
  cpSync(join(root, 'test', 'consumer'), folder, { recursive: true })
  const { devDependencies } = manifest(root)
  const project = {
    name: 'consumer',
    private: true,
    type: 'module',
    dependencies: Object.fromEntries(names.map((name) => [name, specs[name]])),
    devDependencies: { '@types/node': devDependencies['@types/node'], typescript: devDependencies.typescript },
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(project, null, 2))
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), `packages: []\noverrides: ${JSON.stringify(specs)}\n`)
  for (const [name, text] of Object.entries(sources)) writeFileSync(join(folder, 'src', name), text)
  const install = ['install', '--ignore-scripts', '--prefer-offline', '--no-frozen-lockfile', '--reporter=append-only']
  await pnpm(install, { cwd: folder, capture: true })
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
}

/** The FITS package in a project of its own: it brings core, and nothing else of this house. */
async function runFitsAlone(folder, specs) {
  const name = '@astronomaly/fits'
  await makeProject(folder, [name], specs, { 'readme.ts': readmeSnippet('packages/fits/README.md') })
  const ours = checkSizes(name, folder).filter((key) => key.startsWith('@astronomaly/'))
  const strangers = ours.filter((key) => !/^@astronomaly\/(fits|core)@/.test(key))
  if (strangers.length > 0) throw new CommandFailed(`${name} must bring core alone. It brings ${strangers.join(', ')}`)
  await runOn(process.version, folder, 'readme.js')
}

/**
 * Makes projects outside the workspace that depend on the packed tarballs, checks the types of the READMEs' snippets in them and
 * runs that of the root on every supported release of Node.
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
  await runFitsAlone(join(folder, 'fits'), specs)

  const all = join(folder, 'all')
  await makeProject(all, Object.keys(specs), specs, {
    'readme.ts': readmeSnippet('README.md'),
    'import-all.ts': importAll(manifests),
    'engines.ts': checkBits(readFileSync(join(bits, 'golden', 'engine-bits.json'))),
    ...Object.fromEntries(bitFiles.map((file) => [file, readFileSync(join(bits, 'encoders', file))])),
  })
  checkSizes('@astronomaly/cli', all)
  for (const script of ['import-all.js', 'readme.js', 'engines.js']) await runOn(process.version, all, script)
  const here = process.versions.node.split('.')[0]
  for (const release of nodeReleases.filter((r) => r !== here)) {
    for (const script of ['readme.js', 'engines.js']) await runOn(release, all, script)
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
