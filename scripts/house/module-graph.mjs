// Who imports what: circles, what a start reaches, and who uses the names of a package.
import ts from 'typescript'
import { publicNames } from './public-names.mjs'

/** The files that a file imports or passes on, types included. */
function neighbours(house, file) {
  const { imports, passed, stars } = house.module(file)
  const specifiers = [
    ...imports.map(({ specifier }) => specifier),
    ...passed.map(({ specifier }) => specifier),
    ...stars,
  ]
  return specifiers.map((specifier) => house.resolve(file, specifier)).filter((target) => target !== undefined)
}

/** Groups of files of which each imports, directly or not, every other (Tarjan's strongly connected components). */
export function importCircles(house) {
  const order = new Map()
  const low = new Map()
  const stack = []
  const circles = []
  const visit = (file) => {
    order.set(file, order.size)
    low.set(file, order.get(file))
    stack.push(file)
    for (const next of neighbours(house, file)) {
      if (!order.has(next)) visit(next)
      if (stack.includes(next)) low.set(file, Math.min(low.get(file), low.get(next)))
    }
    if (low.get(file) !== order.get(file)) return
    const circle = stack.splice(stack.indexOf(file))
    if (circle.length > 1) circles.push(circle.sort())
  }
  for (const { files } of house.packages) for (const file of files) if (!order.has(file)) visit(file)
  return circles
}

/** Files that a file names in strings, such as the entry of a worker: `./x.js` beside it or in its package's `src`, or a resolved root. */
function namedFiles(house, file) {
  const found = []
  const src = `${house.packageOf(file).folder}/src/.`
  const visit = (node) => {
    if (ts.isStringLiteral(node) && !ts.isImportDeclaration(node.parent)) {
      const relative = /^\.{1,2}\/.*\.[jt]s$/.test(node.text)
      const resolved = ts.isCallExpression(node.parent) && node.parent.expression.name?.text === 'resolve'
      if (relative || resolved) found.push(house.resolve(file, node.text) ?? house.resolve(src, node.text))
    }
    ts.forEachChild(node, visit)
  }
  visit(house.module(file).source)
  return found.filter((target) => target !== undefined)
}

/**
 * The files that are needed for each start `[file, names]`; no names: the file is run, undefined: all are wanted too. A name is
 * followed through the modules that pass it on to the one that declares it; a file that is needed needs all that it imports.
 */
export function reachedFiles(house, starts) {
  const reached = new Set()
  const entered = new Set()
  const enter = (file) => {
    reached.add(file)
    if (entered.has(file)) return
    entered.add(file)
    for (const { specifier, names } of house.module(file).imports) follow(file, specifier, names)
    for (const target of namedFiles(house, file)) reach(target, undefined)
  }
  const follow = (from, specifier, names) => {
    const target = house.resolve(from, specifier)
    if (target !== undefined) reach(target, names)
  }
  const seen = new Set()
  const reach = (file, asked) => {
    const { local, passed, stars } = house.module(file)
    if (asked === undefined || asked.length === 0) enter(file)
    for (const name of asked ?? publicNames(house, file)) {
      if (seen.has(`${file} ${name}`)) continue
      seen.add(`${file} ${name}`)
      reached.add(file)
      const hand = passed.find((one) => one.name === name)
      const star = stars.find((specifier) => {
        const target = house.resolve(file, specifier)
        return target !== undefined && publicNames(house, target).includes(name)
      })
      if (local.has(name)) enter(file)
      else if (hand) follow(file, hand.specifier, hand.of && [hand.of])
      else if (star) follow(file, star, [name])
      else enter(file)
    }
  }
  for (const [file, names] of starts) reach(file, names)
  return reached
}

/** What other packages ask of `own`, as starts `[file, names]` by the name of the asking package. */
export function askedOf(house, own) {
  const asked = new Map()
  for (const other of house.packages) {
    if (other === own) continue
    for (const file of other.files) {
      const { imports, passed, stars } = house.module(file)
      const all = [
        ...imports,
        ...passed.map(({ specifier, of }) => ({ specifier, names: of && [of] })),
        ...stars.map((specifier) => ({ specifier, names: undefined })),
      ]
      for (const { specifier, names } of all) {
        const target = house.resolve(file, specifier)
        if (target === undefined || house.packageOf(target) !== own) continue
        if (!asked.has(other.short)) asked.set(other.short, [])
        asked.get(other.short).push([target, names ?? publicNames(house, target)])
      }
    }
  }
  return asked
}
