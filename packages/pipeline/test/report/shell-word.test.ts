import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nextSteps } from '../../src/report/next-steps.ts'
import { pathWord, shellWord } from '../../src/report/shell-word.ts'

const odd = ['plain', 'a b', "it's", '$HOME', '`x`', 'a;b', '~/x', 'é星', '*', '"q"', 'a\\b', '!x', '#x', 'a=b', '-x']

describe('shellWord', () => {
  it('reaches a program as it is', () => {
    const command = `printf '%s\\n' -- ${odd.map((text) => shellWord(text)).join(' ')}`
    const { stdout } = spawnSync('sh', ['-c', command], { encoding: 'utf8', cwd: '/' })
    expect(stdout.trimEnd().split('\n').slice(1)).toEqual(odd)
  })

  it('quotes as the shells of Windows read it', () => {
    expect(shellWord('C:\\my pictures\\run', 'win32')).toBe('"C:\\my pictures\\run"')
    expect(shellWord('C:\\run', 'win32')).toBe('C:\\run')
    expect(shellWord("it's", 'win32')).toBe('"it\'s"')
  })
})

describe('pathWord', () => {
  it('writes a path as from the folder where the command is given, when it lies inside', () => {
    const from = join('/', 'home', 'me')
    expect(pathWord(join(from, 'run', 'pictures'), from)).toBe(join('run', 'pictures'))
    expect(pathWord(join(from, 'my run'), from)).toBe("'my run'")
    expect(pathWord(join(from, '-run'), from)).toBe('./-run')
    expect(pathWord(from, from)).toBe('.')
    expect(pathWord(join('/', 'home', 'you'), from)).toBe(join('/', 'home', 'you'))
    expect(pathWord(join(from, 'run'))).toBe(join(from, 'run'))
  })
})

describe('nextSteps', () => {
  it('takes the labels from where a browser saves them, and says from which folder the commands are', () => {
    const from = join('/', 'home', 'me')
    const [first, second] = nextSteps(join(from, 'my run'), 'npm run astronomaly --', from)
    expect(first!.command).toBe("npm run astronomaly -- label 'my run' --labels ~/Downloads/labels.csv")
    expect(first!.text).toContain('Downloads')
    expect(first!.text).toContain(`in the folder ${from}.`)
    expect(second!.command).toBe("npm run astronomaly -- export 'my run' --out ranking.csv")
    expect(nextSteps('/r', 'astronomaly')[0]!.text).not.toContain('in the folder')
  })
})
