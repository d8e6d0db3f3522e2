// What single files are built of, counted on their syntax trees.
import ts from 'typescript'

const concatenation = /^(concat|join)(ed|s)?(?![a-z])|[cC]oncatenat/
const decomposition = /eigen|tridiagonal|jacobi|householder|\bsvd/i

/** A call that compares the keys of options with a list of names. */
const checksKeys = (node) =>
  /known.*keys/i.test(calledName(node)) || node.arguments.some((one) => /^(\w*O|o)ptions$/.test(one.getText()))

const bare = (node) => (ts.isParenthesizedExpression(node) ? bare(node.expression) : node)

/** An expression without `as const`, `satisfies …`. */
const plain = (node) =>
  node && (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) ? plain(node.expression) : node

const isEmpty = (node) => ts.isObjectLiteralExpression(node) && node.properties.length === 0

/** The last word of what is called: `rename` of `fs.rename(…)`. */
const calledName = ({ expression }) => expression.name?.text ?? expression.text ?? ''

function nameOfFunction(node) {
  const named = node.name ?? node.parent.name
  return named && !ts.isParameter(node.parent) ? named.getText() : undefined
}

/** `...(a ? {} : b)`, `...(a ? b : {})`, `...(a && b)` in an object. */
function isConditionalSpread(node) {
  if (!ts.isSpreadAssignment(node)) return false
  const value = bare(node.expression)
  if (ts.isConditionalExpression(value)) return isEmpty(bare(value.whenTrue)) || isEmpty(bare(value.whenFalse))
  return ts.isBinaryExpression(value) && value.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken
}

/** A loop that lays one piece behind the other: `for (const piece of …)` with `to.set(piece, at)` and `at += …`. */
function laysPieces(node) {
  if (!ts.isForOfStatement(node) || !ts.isVariableDeclarationList(node.initializer)) return false
  const pieces = node.initializer.declarations[0].name.getText().match(/\w+/g) ?? []
  const offsets = new Set()
  const moved = new Set()
  const visit = (inner) => {
    if (ts.isCallExpression(inner) && calledName(inner) === 'set' && inner.arguments.length === 2) {
      const [piece, offset] = inner.arguments.map((one) => one.getText())
      if (pieces.includes(piece.match(/^\w+/)?.[0])) offsets.add(offset)
    }
    if (ts.isBinaryExpression(inner) && inner.operatorToken.kind === ts.SyntaxKind.PlusEqualsToken) {
      moved.add(inner.left.getText())
    }
    ts.forEachChild(inner, visit)
  }
  visit(node.statement)
  return [...offsets].some((offset) => moved.has(offset))
}

/** `const` tables of a module by name, as far as they are arrays that name strings. */
function stringTables(source) {
  const declarations = source.statements
    .filter(ts.isVariableStatement)
    .flatMap((one) => one.declarationList.declarations)
  return new Map(
    declarations.filter(({ initializer }) => isKeyList(plain(initializer))).map((one) => [one.name.getText(), one]),
  )
}

function isKeyList(node) {
  return node !== undefined && ts.isArrayLiteralExpression(node) && node.elements.some(ts.isStringLiteralLike)
}

/** State that outlives a call: `let`, or a collection that begins empty or is written to. */
function moduleState(source) {
  const found = []
  for (const { declarationList } of source.statements.filter(ts.isVariableStatement)) {
    const kept = (declarationList.flags & ts.NodeFlags.Const) !== 0
    for (const { name, initializer } of declarationList.declarations) {
      const value = plain(initializer)
      const label = name.getText()
      if (!kept) found.push(`${declarationList.parent.modifiers ? 'export ' : ''}let ${label}`)
      else if (value && ts.isNewExpression(value) && /^(Weak)?(Map|Set)$/.test(calledName(value))) {
        const written = new RegExp(`\\b${label}\\.(set|add|delete|clear)\\(`).test(source.text)
        if (written || !value.arguments?.length) found.push(`${label} = new ${calledName(value)}`)
      } else if (value && ts.isArrayLiteralExpression(value) && value.elements.length === 0) found.push(`${label} = []`)
    }
  }
  return found
}

const writesBehind = (node) =>
  /^appendFile(Sync)?$/.test(calledName(node)) ||
  (/^open(Sync)?$/.test(calledName(node)) &&
    node.arguments.some((one) => ts.isStringLiteral(one) && /^a/.test(one.text)))

const yields = (node) =>
  /^setImmediate$/.test(calledName(node)) ||
  (calledName(node) === 'setTimeout' && (node.arguments.length < 2 || node.arguments[1].getText() === '0')) ||
  node.expression.getText().startsWith('scheduler.')

/** The facts of one file. */
export function factsOf(source) {
  const facts = {
    renames: false,
    appends: false,
    compilesWebAssembly: false,
    yields: false,
    startsThreads: /worker_threads/.test(source.text),
    concatenations: new Set(),
    decompositions: new Set(),
    functions: [],
    optionInterfaces: 0,
    keyLists: new Set(),
    conditionalSpreads: 0,
    instanceOf: [],
    moduleState: moduleState(source),
  }
  const tables = stringTables(source)
  const lineOf = (position) => source.getLineAndCharacterOfPosition(position).line
  const visitCall = (node) => {
    const name = calledName(node)
    if (/^rename(Sync)?$/.test(name)) facts.renames = true
    if (writesBehind(node)) facts.appends = true
    if (/^WebAssembly\.(compile|instantiate)/.test(node.expression.getText())) facts.compilesWebAssembly = true
    if (yields(node)) facts.yields = true
    if (checksKeys(node)) {
      const lists = node.arguments.map((one) => (isKeyList(plain(one)) ? one : tables.get(one.getText())))
      for (const list of lists) if (list) facts.keyLists.add(list)
    }
  }
  const visitNew = (node) => {
    const name = calledName(node)
    if (node.expression.getText() === 'WebAssembly.Module') facts.compilesWebAssembly = true
    if (name === 'MessageChannel') facts.yields = true
    if (name === 'Worker') facts.startsThreads = true
    if (decomposition.test(name)) facts.decompositions.add(`new ${name}`)
  }
  const visit = (node, inside) => {
    let within = inside
    if (ts.isCallExpression(node)) visitCall(node)
    else if (ts.isNewExpression(node)) visitNew(node)
    else if (ts.isFunctionLike(node) && node.body) {
      const name = nameOfFunction(node)
      within = name ?? inside
      facts.functions.push({ name: within ?? '(no name)', lines: lineOf(node.end) - lineOf(node.getStart()) + 1 })
      if (name && concatenation.test(name)) facts.concatenations.add(name)
      if (name && decomposition.test(name)) facts.decompositions.add(name)
    } else if (ts.isInterfaceDeclaration(node) && node.name.text.endsWith('Options')) facts.optionInterfaces++
    else if (isConditionalSpread(node)) facts.conditionalSpreads++
    else if (laysPieces(node)) facts.concatenations.add(inside)
    else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword) {
      facts.instanceOf.push(node.right.getText())
    }
    ts.forEachChild(node, (child) => visit(child, within))
  }
  visit(source, undefined)
  return {
    ...facts,
    concatenations: [...facts.concatenations],
    decompositions: [...facts.decompositions],
    keyLists: facts.keyLists.size,
  }
}
