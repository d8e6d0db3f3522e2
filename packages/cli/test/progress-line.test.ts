import { describe, expect, it } from 'vitest'
import { ProgressLine } from '../src/index.ts'

function recorder(isTTY: boolean) {
  let text = ''
  let now = 0
  const out = { isTTY, columns: 60, write: (part: string) => (text += part) }
  const line = new ProgressLine(out, () => now)
  return { line, at: (time: number) => (now = time), text: () => text }
}

describe('ProgressLine', () => {
  it('draws one line on a terminal, with bar, rate and time left', () => {
    const { line, at, text } = recorder(true)
    line.show({ stage: 'features', done: 0, total: 200 })
    at(2000)
    line.show({ stage: 'features', done: 50, total: 200 })
    line.end()
    const last = text().split('\u001b[2K').at(-1)
    expect(last).toContain('█████░')
    expect(last).toContain('50 / 200  25/s  6 s left')
    expect(text().match(/\n/g)).toHaveLength(1)
  })

  it('writes plain lines into a log: the first, one in ten seconds, and the last of a stage', () => {
    const { line, at, text } = recorder(false)
    for (let done = 0; done <= 30; done++) {
      at(done * 1000)
      line.show({ stage: 'pca', done, total: 30 })
    }
    const lines = text().trimEnd().split('\n')
    expect(lines).toHaveLength(4)
    expect(lines[0]).toMatch(/^pca\s+0 \/ 30$/)
    expect(lines[3]).toMatch(/^pca\s+30 \/ 30\s+1\.0\/s$/)
    expect(text()).not.toContain('\u001b')
  })

  it('begins anew with each stage and works without a total', () => {
    const { line, at, text } = recorder(false)
    line.show({ stage: 'scan', done: 0 })
    at(100)
    line.show({ stage: 'pca', done: 5, total: 5 })
    expect(text()).toMatch(/^scan\s*\npca\s+5 \/ 5\n$/)
  })

  it('puts notes above the line', () => {
    const { line, text } = recorder(true)
    line.show({ stage: 'pca', done: 1, total: 2 })
    line.note('hello')
    expect(text()).toMatch(/hello\n$/)
  })

  it('says long times in minutes and hours', () => {
    const { line, at, text } = recorder(false)
    line.show({ stage: 'encoder', done: 0, total: 10_000 })
    at(10_000)
    line.show({ stage: 'encoder', done: 100, total: 10_000 })
    at(20_000)
    line.show({ stage: 'encoder', done: 110, total: 100_000 })
    expect(text()).toMatch(/100 \/ 10,000 {2}10\/s {2}16 min 30 s left\n.* 5 h 2 min left\n$/)
  })
})
