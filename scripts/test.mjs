// npm test: everything that must hold, cheapest first; stops at the first step that fails. npm test -- types unit: only these steps.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkPackages } from './check-packages.mjs'
import { fuzz } from './fuzz.mjs'
import { build, install } from './prepare.mjs'
import { runConsumer } from './run-consumer.mjs'
import { runExamples } from './run-examples.mjs'
import { CommandFailed, main, node, root, seconds } from './run-step.mjs'

const scratch = mkdtempSync(join(tmpdir(), 'astronomaly-test-'))
const tool = (path) => join(root, 'node_modules', path)

/** Runs one vitest project and returns its counts; with a failed test, or none at all, the step has failed. */
async function vitest(project) {
  const file = join(scratch, `${project}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  let failure
  try {
    await node(tool('vitest/vitest.mjs'), ['run', '--project', project, ...reporters])
  } catch (error) {
    failure = error
  }
  const counts = { passed: 0, failed: 0, skipped: 0 }
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'))
    counts.passed = report.numPassedTests
    counts.failed = report.numFailedTests
    counts.skipped = report.numPendingTests + report.numTodoTests
  } catch (error) {
    failure ??= error
  }
  return { ...counts, failure }
}

/** Writes the API pages; any warning fails, but that the clone has no remote to link sources to. */
async function makeDocs() {
  const output = await node(tool('typedoc/bin/typedoc'), ['--logLevel', 'Warn'], { capture: true })
  const warnings = output
    .split('\n')
    .filter((line) => line.includes('[warning]') && !/git remote|Found 0 errors/.test(line))
  if (warnings.length > 0) throw new CommandFailed(`typedoc warns:\n${warnings.join('\n')}`)
}

const steps = [
  { name: 'install', run: () => install({ always: Boolean(process.env.CI) }) },
  { name: 'style', run: () => node(tool('@biomejs/biome/bin/biome'), ['check', '.', '--error-on-warnings']) },
  { name: 'types', run: () => node(tool('typescript/bin/tsc'), ['--noEmit', '-p', 'tsconfig.json']) },
  { name: 'unit', run: () => vitest('unit') },
  { name: 'fuzz', run: () => fuzz(['--runs', '3000']) },
  { name: 'build', run: () => build() },
  { name: 'packages', run: () => checkPackages(join(scratch, 'tarballs')) },
  { name: 'consumer', run: () => runConsumer(join(scratch, 'consumer'), join(scratch, 'tarballs')) },
  { name: 'e2e', run: () => vitest('e2e') },
  { name: 'knip', run: () => node(tool('knip/bin/knip.js'), ['--no-progress']) },
  { name: 'docs', run: makeDocs },
  { name: 'examples', run: runExamples },
]

function chosen(names) {
  const unknown = names.filter((name) => !steps.some((step) => step.name === name))
  if (unknown.length > 0) {
    throw new Error(`npm test: steps are ${steps.map((step) => step.name).join(', ')}. Received ${unknown.join(', ')}.`)
  }
  return steps.filter((step) => names.length === 0 || names.includes(step.name))
}

await main(async () => {
  const times = []
  let passed = 0
  let failed = 0
  let skipped = 0
  const begin = performance.now()
  try {
    for (const { name, run } of chosen(process.argv.slice(2))) {
      console.log(`\n── ${name} ${'─'.repeat(Math.max(0, 60 - name.length))}`)
      const start = performance.now()
      let failure
      try {
        const counts = await run()
        passed += counts?.passed ?? 0
        failed += counts?.failed ?? 0
        skipped += counts?.skipped ?? 0
        failure = counts?.failure
      } catch (error) {
        failure = error
      }
      times.push([name, seconds(start)])
      if (failure) {
        failed++
        console.error(`\nstep ${name} failed: ${failure.message}`)
        break
      }
      passed++
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  console.log(`\n${times.map(([name, time]) => `${name.padEnd(10)}${time.padStart(10)}`).join('\n')}`)
  console.log(`${'all'.padEnd(10)}${seconds(begin).padStart(10)}`)
  if (skipped > 0) console.log(`${skipped} skipped`)
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
})
