import { expect, it } from 'vitest'
import { letEventsIn, pacer } from '../src/event-loop.ts'

const sleep = (ms: number): void => {
  for (const end = performance.now() + ms; performance.now() < end; );
}

it('lets timers run that are due', async () => {
  let ran = false
  setTimeout(() => {
    ran = true
  }, 1)
  sleep(3)
  while (!ran) await letEventsIn()
  expect(ran).toBe(true)
})

it('lets events in after 50 ms, and then sees the abort that came with them', async () => {
  const controller = new AbortController()
  const pace = pacer(controller.signal)
  await pace()
  setTimeout(() => controller.abort(new Error('enough')), 1)
  const work = async (): Promise<void> => {
    for (;;) {
      sleep(60)
      await pace()
    }
  }
  await expect(work()).rejects.toThrow('enough')
  const early = pacer(AbortSignal.abort(new Error('from the start')))
  await expect(early()).rejects.toThrow('from the start')
})
