import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UnsupportedError } from '@astronomaly/core'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { importEngine } from '../../src/encoders/node/import-engine.ts'

const folder = mkdtempSync(join(tmpdir(), 'engine here-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => vi.restoreAllMocks())

/** A package in a folder. */
function install(parent: string, name: string, text: string): void {
  const path = join(parent, 'node_modules', name)
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, 'package.json'), JSON.stringify({ name, version: '1.0.0', main: 'main.js' }))
  writeFileSync(join(path, 'main.js'), text)
}

describe('importEngine', () => {
  it('finds a package that is installed where the command runs, though not beside this one', async () => {
    install(folder, '@made-up/engine', 'module.exports = { answer: 42 }')
    const inside = join(folder, 'runs', 'first')
    mkdirSync(inside, { recursive: true })
    for (const current of [folder, inside]) {
      vi.spyOn(process, 'cwd').mockReturnValue(current)
      expect(await importEngine('onnx', '@made-up/engine')).toEqual({ answer: 42 })
    }
  })

  it('says where the package is missed, and why one that is there does not load', async () => {
    vi.spyOn(process, 'cwd').mockReturnValue(folder)
    const missing = importEngine('onnx', '@made-up/missing')
    await expect(missing).rejects.toThrow(UnsupportedError)
    await expect(missing).rejects.toThrow(
      /^loadEncoder: engine onnx needs the package @made-up\/missing in the current folder or beside @astronomaly\/features: npm install @made-up\/missing\. Received .*@made-up\/missing/,
    )
    install(folder, '@made-up/broken', "throw new Error('no binding for this machine')")
    const broken = importEngine('onnx', '@made-up/broken')
    await expect(broken).rejects.toThrow(UnsupportedError)
    await expect(broken).rejects.toThrow(/npm install @made-up\/broken\. Received no binding for this machine/)
  })

  it('says the same where the current folder is gone', async () => {
    vi.spyOn(process, 'cwd').mockImplementation(() => {
      throw new Error('ENOENT: no such file or directory, uv_cwd')
    })
    await expect(importEngine('onnx', '@made-up/missing')).rejects.toThrow(/Received .*@made-up\/missing/)
  })
})
