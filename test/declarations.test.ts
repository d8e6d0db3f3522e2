import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { openHouse } from '../scripts/house/public-names.mjs'

const house = openHouse(fileURLToPath(new URL('..', import.meta.url)))

function has(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === kind)
}

/** The functions that a file exports, with the methods of the classes, of which nothing says what they return. */
function silentFunctions(source: ts.SourceFile): string[] {
  const silent: string[] = []
  const check = (node: ts.SignatureDeclaration, name: ts.Node) => {
    if (node.type === undefined) silent.push(`${source.fileName}: ${name.getText()}`)
  }
  for (const statement of source.statements.filter((node) => has(node, ts.SyntaxKind.ExportKeyword))) {
    if (ts.isFunctionDeclaration(statement) && statement.name) check(statement, statement.name)
    if (ts.isVariableStatement(statement)) {
      for (const { name, type, initializer } of statement.declarationList.declarations) {
        const called = initializer && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer))
        if (called && type === undefined) check(initializer, name)
      }
    }
    if (ts.isClassDeclaration(statement)) {
      for (const member of statement.members) {
        const closed = has(member, ts.SyntaxKind.PrivateKeyword) || (member.name && ts.isPrivateIdentifier(member.name))
        if ((ts.isMethodDeclaration(member) || ts.isGetAccessor(member)) && !closed) check(member, member.name)
      }
    }
  }
  return silent
}

describe('the declarations of the packages', () => {
  it('say of every exported function and method what it returns', () => {
    expect(
      house.packages.flatMap(({ files }) => files.flatMap((file) => silentFunctions(house.module(file).source))),
    ).toEqual([])
  })
})
