import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ParameterError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { type RankOptions, rank } from '../../src/index.ts'
import { writeSky } from '../sky.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const encoder = fileURLToPath(new URL('../cases/encoders/two-out.onnx', import.meta.url))

async function sky(): Promise<RankOptions & { readonly out: string }> {
  const folder = await temporaryFolder()
  await writeSky(join(folder, 'images'), 20)
  const out = join(folder, 'run')
  return { folder: join(folder, 'images'), out, trees: 10, encoder, engine: 'onnx', features: 'encoder', shardSize: 8 }
}

async function shards(out: string): Promise<Buffer[]> {
  const names = (await readdir(join(out, 'features'))).filter((name) => name.endsWith('.npy')).sort()
  return Promise.all(names.map((name) => readFile(join(out, 'features', name))))
}

describe('rank with an encoder', () => {
  it('asks which output holds the features, and hands on what is said of the file', async () => {
    const options = await sky()
    await expect(rank(options)).rejects.toThrow(/one of prob float32 \[N,2\]; f float32 \[N,5\]/)
    const messages: string[] = []
    const onWarning = ({ message }: { readonly message: string }) => messages.push(message)
    await rank({ ...options, encoderOptions: { output: 'f' }, onWarning })
    expect(messages.filter((m) => /two-out\.onnx does not say what it takes for black and white/.test(m))).toHaveLength(
      1,
    )
    const first = await shards(options.out)
    expect(first[0]!.toString('latin1')).toContain("'shape': (8, 5)")
    messages.length = 0
    const again = await rank({
      ...options,
      encoderOptions: { output: 'f', inputRange: [0, 255] },
      onWarning,
    })
    expect(again.reused.objects).toBe(0)
    expect(messages.join()).not.toMatch(/black and white/)
    expect((await shards(options.out))[0]).not.toEqual(first[0])
    const record = JSON.parse(await readFile(join(options.out, 'run.json'), 'utf8'))
    expect(record.options.encoderOptions).toEqual({ output: 'f', inputRange: [0, 255] })
  })

  it('rejects encoder options of another type before anything is written', async () => {
    const options = await sky()
    for (const encoderOptions of [
      ...[{ output: 3 }, { output: '' }, { inputRange: 255 }, { inputRange: null }, { size: '64' }, { pooling: 'max' }],
      ...[null, 'f', 0],
    ]) {
      const error = rank({ ...options, encoderOptions: encoderOptions as never })
      await expect(error, JSON.stringify(encoderOptions)).rejects.toThrow(/^rank: encoderOptions(: |\.)/)
      await expect(error).rejects.toThrow(ParameterError)
    }
    expect(existsSync(options.out)).toBe(false)
  })

  it('rejects encoder options that are unknown, out of range, or without an encoder', async () => {
    const { encoder: _encoder, features: _features, ...plain } = await sky()
    const wrong = [
      { ...plain, encoderOptions: { size: 64 } },
      { ...plain, encoder, encoderOptions: { outputs: 'f' } as object },
      { ...plain, encoder, encoderOptions: { output: 'f', size: 0 } },
      { ...plain, encoder, encoderOptions: { output: 'f', pooling: 'first' as const } },
    ]
    for (const options of wrong) {
      await expect(rank(options), JSON.stringify(options.encoderOptions)).rejects.toThrow(ParameterError)
    }
  })
})
