import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolders } from './prepare.mjs'
import { CommandFailed, node, pnpm, root, run } from './run-step.mjs'

/** Packs every package into `folder`, as it would be published. */
async function pack(folder) {
  mkdirSync(folder, { recursive: true })
  await pnpm(['-r', '--filter', './packages/*', 'pack', '--pack-destination', folder], { capture: true })
  const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'))
  if (tarballs.length !== packageFolders().length) {
    throw new CommandFailed(`pnpm pack made ${tarballs.length} tarballs of ${packageFolders().length} packages`)
  }
  return tarballs.sort().map((name) => join(folder, name))
}

/** What must and must not be in a published package, beyond what publint and attw know. */
async function checkContents(tarball) {
  const files = (await run('tar', ['-tzf', tarball], { capture: true })).trim().split('\n')
  for (const file of ['package/package.json', 'package/README.md', 'package/LICENSE']) {
    if (!files.includes(file)) throw new CommandFailed(`${tarball}: ${file} is missing`)
  }
  // Who ships other people's builds ships their licences.
  if (files.some((file) => file.endsWith('.wasm')) && !files.includes('package/THIRD-PARTY.md')) {
    throw new CommandFailed(`${tarball}: package/THIRD-PARTY.md is missing`)
  }
  const text = await run('tar', ['-xzOf', tarball, 'package/package.json'], { capture: true })
  for (const word of ['@astronomaly/source', 'workspace:']) {
    if (text.includes(word)) throw new CommandFailed(`${tarball}: package.json still says ${word}`)
  }
}

/** Packs all packages into `folder` and checks the tarballs with publint and are-the-types-wrong. */
export async function checkPackages(folder) {
  const { publint } = await import('publint')
  const { formatMessage } = await import('publint/utils')
  const attw = join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js')
  const problems = []
  for (const tarball of await pack(folder)) {
    await checkContents(tarball)
    const bytes = readFileSync(tarball)
    const contents = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
    const { messages, pkg } = await publint({ pack: { tarball: contents }, strict: true })
    for (const message of messages) problems.push(`publint: ${pkg.name}: ${formatMessage(message, pkg)}`)
    await node(attw, [tarball, '--profile', 'esm-only', '--no-color', '--format', 'ascii'], { capture: true })
    console.log(`${pkg.name}: publint and attw are content`)
  }
  if (problems.length > 0) throw new CommandFailed(problems.join('\n'))
}
