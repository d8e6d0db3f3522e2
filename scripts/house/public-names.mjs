// The packages of a checkout, their modules and the names that they make public; from the syntax alone, nothing need be installed.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'

const sourceCondition = '@astronomaly/source'

/** All TypeScript files in a folder, in order. */
export function typescriptIn(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !relative(folder, path).includes('node_modules'))
    .sort()
}

/** The source that a path of a build comes from: `./dist/bin.js` from `src/bin.ts`. */
function sourceOfBuilt(folder, built) {
  return join(folder, built.replace(/^(\.\/)?dist\//, 'src/').replace(/\.js$/, '.ts'))
}

function openPackage(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const { name, bin = {}, exports = {}, sideEffects } = manifest
  const roots = Object.entries(exports).flatMap(([subpath, target]) => {
    const source = target?.[sourceCondition]
    return source?.endsWith('.ts') !== true ? [] : [{ specifier: name + subpath.slice(1), file: join(folder, source) }]
  })
  const bins = Object.values(typeof bin === 'string' ? { bin } : bin).map((built) => sourceOfBuilt(folder, built))
  const files = new Set([...typescriptIn(join(folder, 'src')), ...roots.map(({ file }) => file)])
  return { name, short: name.replace(/^@[^/]+\//, ''), folder, roots, bins, sideEffects, files: [...files].sort() }
}

/** Opens a checkout: its packages, where a specifier leads, and every module, parsed once. */
export function openHouse(root) {
  const folders = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
  const packages = folders.filter((folder) => existsSync(join(folder, 'package.json'))).map(openPackage)
  const rootOf = new Map(packages.flatMap(({ roots }) => roots).map(({ specifier, file }) => [specifier, file]))
  const packageOf = new Map(packages.flatMap((own) => own.files.map((file) => [file, own])))
  const modules = new Map()
  return {
    root,
    packages,
    packageOf: (file) => packageOf.get(file),
    /** The file of this checkout that a specifier leads to; undefined for what others wrote. */
    resolve(from, specifier) {
      if (!specifier.startsWith('.')) return rootOf.get(specifier)
      const path = join(dirname(from), specifier)
      return [path, path.replace(/\.js$/, '.ts')].find((candidate) => packageOf.has(candidate))
    },
    module(file) {
      if (!modules.has(file)) modules.set(file, readModule(file))
      return modules.get(file)
    },
  }
}

const hasExport = (statement) => statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)

function boundNames(name) {
  return ts.isIdentifier(name)
    ? [name.text]
    : name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []))
}

/** The names that one statement declares. */
function declaredNames(statement) {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name))
  }
  return statement.name ? [statement.name.text] : []
}

/** What a static import asks for: names, or undefined for all. */
function importedNames(clause) {
  if (clause === undefined) return []
  const { name, namedBindings } = clause
  if (namedBindings && ts.isNamespaceImport(namedBindings)) return undefined
  const named = (namedBindings?.elements ?? []).map((element) => (element.propertyName ?? element.name).text)
  return name ? ['default', ...named] : named
}

/** Imports inside expressions and types, `import('…')`, which ask for all. */
function innerImports(source) {
  const found = []
  const visit = (node) => {
    const dynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
    const text = dynamic ? node.arguments[0] : ts.isImportTypeNode(node) ? node.argument.literal : undefined
    if (text && ts.isStringLiteral(text)) found.push({ specifier: text.text, names: undefined })
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** One file: its syntax tree, what it imports, what it declares in public and what it passes on. */
function readModule(file) {
  const text = readFileSync(file, 'utf8')
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const module = {
    source,
    lines: text.split('\n').length - 1,
    imports: innerImports(source),
    local: new Set(),
    passed: [],
    stars: [],
  }
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement)) {
      module.imports.push({ specifier: statement.moduleSpecifier.text, names: importedNames(statement.importClause) })
    } else if (ts.isExportAssignment(statement)) {
      module.local.add('default')
    } else if (ts.isExportDeclaration(statement)) {
      const { exportClause, moduleSpecifier } = statement
      const specifier = moduleSpecifier?.text
      if (exportClause === undefined) module.stars.push(specifier)
      else if (ts.isNamespaceExport(exportClause)) module.passed.push({ specifier, name: exportClause.name.text })
      else {
        for (const { name, propertyName } of exportClause.elements) {
          if (specifier === undefined) module.local.add(name.text)
          else module.passed.push({ specifier, name: name.text, of: (propertyName ?? name).text })
        }
      }
    } else if (hasExport(statement)) {
      for (const name of declaredNames(statement)) module.local.add(name)
    }
  }
  return module
}

/** The public names of a module, values and types, sorted; those that `export *` brings from other people's packages are unknown. */
export function publicNames(house, file, seen = new Set()) {
  if (seen.has(file)) return []
  seen.add(file)
  const { local, passed, stars } = house.module(file)
  const starred = stars
    .map((specifier) => house.resolve(file, specifier))
    .flatMap((target) => (target === undefined ? [] : publicNames(house, target, seen)))
    .filter((name) => name !== 'default')
  return [...new Set([...local, ...passed.map(({ name }) => name), ...starred])].sort()
}
