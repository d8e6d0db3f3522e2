// npm run house -- [--root DIR] [--json FILE] [--lists]: how the repository is built as a house, in figures.
import { writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { bundleSizes } from './house/bundle-sizes.mjs'
import { factsOf } from './house/code-facts.mjs'
import { askedOf, importCircles, reachedFiles } from './house/module-graph.mjs'
import { openHouse, publicNames, typescriptIn } from './house/public-names.mjs'
import { CommandFailed, main, root, userFolder } from './run-step.mjs'

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0)
const byCount = (counts) => Object.fromEntries(Object.entries(counts).sort((a, b) => b[1] - a[1]))
const percent = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`

/** Lines, names and use of each package. */
function measurePackages(house, linesOf, reached) {
  const total = sum(house.packages.flatMap(({ files }) => files.map(linesOf)))
  return house.packages.map((own) => {
    const lines = sum(own.files.map(linesOf))
    const tests = typescriptIn(own.folder).filter((file) => /^test/.test(relative(own.folder, file)))
    const asked = [...askedOf(house, own)]
    const users = {}
    for (const name of own.roots.flatMap(({ file }) => publicNames(house, file))) users[name] = []
    for (const [user, starts] of asked) {
      for (const name of new Set(starts.flatMap(([, names]) => names))) users[name]?.push(user)
    }
    const needs = asked.map(([, starts]) => [...reachedFiles(house, starts)].filter((file) => own.files.includes(file)))
    const ofOneUser = own.files.filter((file) => needs.filter((files) => files.includes(file)).length === 1)
    const kernels = own.files.filter((file) => /kernel/.test(relative(own.folder, file)))
    const unreached = own.files.filter((file) => !reached.has(file))
    return {
      name: own.short,
      files: own.files.length,
      lines,
      share: lines / total,
      testLines: sum(tests.map(linesOf)),
      loose: own.files.filter((file) => dirname(file) === join(own.folder, 'src')),
      kernelLines: sum(kernels.map(linesOf)),
      linesOfOneUser: sum(ofOneUser.map(linesOf)),
      unreachedLines: sum(unreached.map(linesOf)),
      unreached,
      users,
    }
  })
}

/** Everything that `--json` writes; files are told from the root of the checkout. */
async function measure(house) {
  const linesOf = (file) => house.module(file).lines
  const files = house.packages.flatMap((own) => own.files)
  const facts = files.map((file) => ({ file, lines: linesOf(file), ...factsOf(house.module(file).source) }))
  const having = (key) => facts.filter((one) => one[key]).map(({ file }) => file)
  const listed = (key) => facts.flatMap((one) => one[key].map((name) => `${one.file}: ${name}`))
  const reached = reachedFiles(
    house,
    house.packages.flatMap(({ bins }) => bins.map((file) => [file, []])),
  )
  const instanceOf = {}
  for (const name of facts.flatMap((one) => one.instanceOf)) instanceOf[name] = (instanceOf[name] ?? 0) + 1
  const functions = facts.flatMap((one) => one.functions.map((found) => ({ ...found, file: one.file })))
  const roots = house.packages.flatMap((own) => own.roots)
  return {
    lines: sum(files.map(linesOf)),
    files: files.length,
    packages: measurePackages(house, linesOf, reached),
    publicNames: Object.fromEntries(roots.map(({ specifier, file }) => [specifier, publicNames(house, file)])),
    circles: importCircles(house),
    sameQuestion: {
      'rename a finished file': having('renames'),
      'append to a file': having('appends'),
      'concatenate (functions)': listed('concatenations'),
      'compile WebAssembly': having('compilesWebAssembly'),
      'yield to the event loop': having('yields'),
      'start threads': having('startsThreads'),
      'decompose symmetric matrices (functions)': listed('decompositions'),
    },
    optionInterfaces: sum(facts.map((one) => one.optionInterfaces)),
    keyLists: sum(facts.map((one) => one.keyLists)),
    conditionalSpreads: sum(facts.map((one) => one.conditionalSpreads)),
    instanceOf: byCount(instanceOf),
    moduleState: listed('moduleState'),
    longestFunctions: functions.sort((a, b) => b.lines - a.lines).slice(0, 10),
    filesOver250: facts.filter(({ lines }) => lines > 250).map(({ file, lines }) => ({ file, lines })),
    bundles: await bundleSizes(house),
  }
}

/** Prints rows of cells in columns: the first to the left, the others to the right. */
function printTable(title, header, rows) {
  const table = [header, ...rows].map((row) => row.map(String))
  const widths = header.map((_, column) => Math.max(...table.map((row) => row[column].length)))
  const line = (row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[at]))).join('  ')
  console.log(`\n${title}\n${table.map((row) => `  ${line(row).trimEnd()}`).join('\n')}`)
}

function printList(title, items) {
  if (items.length === 0) return
  console.log(`\n${title}\n${items.map((item) => `  ${item}`).join('\n')}`)
}

function printSummary(found) {
  const { packages, lines } = found
  printTable(
    'Packages',
    ['package', 'files', 'lines', 'share', 'loose', 'tests/line', 'no command', 'kernels', 'one user'],
    packages.map((own) => [
      own.name,
      own.files,
      own.lines,
      percent(own.share, 1),
      own.loose.length,
      own.lines === 0 ? '-' : (own.testLines / own.lines).toFixed(2),
      own.unreachedLines,
      own.kernelLines,
      own.linesOfOneUser,
    ]),
  )
  const users = packages.map((own) => [own.name, Object.values(own.users)])
  printTable(
    'Public names by the packages that use them',
    ['package', 'names', 'unused', 'one', 'more'],
    users.map(([name, all]) => [
      name,
      all.length,
      ...[0, 1].map((count) => all.filter((by) => by.length === count).length),
      all.filter((by) => by.length > 1).length,
    ]),
  )
  const roots = Object.entries(found.publicNames).map(([specifier, { length }]) => [specifier, length])
  const bundles = Object.entries(found.bundles)
  printTable(
    'Public roots',
    ['root', 'names', 'bundle', 'gzip', 'browser'],
    bundles.map(([label, { raw, gzip, external }]) => [
      label,
      found.publicNames[label]?.length ?? 1,
      raw,
      gzip,
      external.some((path) => path.startsWith('node:')) ? 'no' : 'yes',
    ]),
  )
  const [largest, most] = roots.reduce((a, b) => (b[1] > a[1] ? b : a))
  const core = packages.find(({ name }) => name === 'core')
  const foreign = Object.keys(found.instanceOf).filter((name) => !(name in globalThis))
  printTable(
    'The house',
    ['measure', 'figure'],
    [
      ['source lines', lines],
      ['files', found.files],
      ['largest share of a package', percent(Math.max(...packages.map(({ share }) => share)), 1)],
      ['public names of all roots', sum(roots.map(([, count]) => count))],
      [`largest root (${largest})`, most],
      ['lines reached by no command', sum(packages.map(({ unreachedLines }) => unreachedLines))],
      ['kernels in core', percent(core.kernelLines, core.lines)],
      ['lines of core that one package needs', percent(core.linesOfOneUser, core.lines)],
      ['import circles', found.circles.length],
      ...Object.entries(found.sameQuestion).map(([question, places]) => [question, places.length]),
      ['interfaces named …Options', found.optionInterfaces],
      ['key lists written by hand', found.keyLists],
      ['conditional spreads', found.conditionalSpreads],
      ['instanceof', sum(Object.values(found.instanceOf))],
      ['… of classes of this project or of others', sum(foreign.map((name) => found.instanceOf[name]))],
      ['state in modules', found.moduleState.length],
      ['longest function', found.longestFunctions[0].lines],
      ['files over 250 lines', found.filesOver250.length],
      ['files over 500 lines', found.filesOver250.filter(({ lines }) => lines > 500).length],
    ],
  )
}

function printLists(found) {
  for (const own of found.packages) {
    const names = Object.entries(own.users)
    printList(`${own.name}: loose files`, own.loose)
    printList(`${own.name}: files reached by no command`, own.unreached)
    printList(
      `${own.name}: names of one user`,
      names.filter(([, by]) => by.length === 1).map(([name, [by]]) => `${name}: ${by}`),
    )
    printList(
      `${own.name}: names that no package uses`,
      names.filter(([, by]) => by.length === 0).map(([name]) => name),
    )
  }
  printList(
    'Import circles',
    found.circles.map((files) => files.join(' ')),
  )
  for (const [question, places] of Object.entries(found.sameQuestion)) printList(`Places that ${question}`, places)
  printList(
    'instanceof',
    Object.entries(found.instanceOf).map(([name, count]) => `${count} ${name}`),
  )
  printList('State in modules', found.moduleState)
  printList(
    'Longest functions',
    found.longestFunctions.map(({ name, lines, file }) => `${lines} ${name} (${file})`),
  )
  printList(
    'Files over 250 lines',
    found.filesOver250.map(({ file, lines }) => `${lines} ${file}`),
  )
}

/** Takes the path of the checkout out of every text of a value. */
function fromRoot(value, folder) {
  return JSON.parse(JSON.stringify(value).replaceAll(`${folder}/`, ''))
}

await main(async () => {
  const options = { root: { type: 'string' }, json: { type: 'string' }, lists: { type: 'boolean', default: false } }
  const { values } = parseArgs({ options })
  const folder = values.root === undefined ? root : resolve(userFolder, values.root)
  const house = openHouse(folder)
  if (house.packages.length === 0) throw new CommandFailed(`house: ${folder} must have packages`)
  const found = fromRoot(await measure(house), folder)
  printSummary(found)
  if (values.lists) printLists(found)
  if (values.json !== undefined)
    writeFileSync(resolve(userFolder, values.json), `${JSON.stringify(found, undefined, 2)}\n`)
})
