import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ImageBatch, tensor } from '@astronomaly/core'
import { preprocess } from '@astronomaly/features'
import { foldNetwork, lowerOnnx, readManifest } from '@astronomaly/features/encoders'
import { loadEncoder } from '@astronomaly/features/node'
import { readImage } from '@astronomaly/io/node'
import { type Benchmark, type BenchmarkResult, medianSeconds } from './benchmark.ts'

const batchSize = 16

/** CNN features: pictures a second by engine on one thread, and the whole path from file to feature row. */
export const encode: Benchmark = async ({ rows = 64, folder, shared, peers, say }) => {
  const weights = shared('data/E_weights/mobilenet_v2_035_224_imagenet')
  const pictureFolder = shared('data/A_images/gz2_sdss/images')
  const files = (await readdir(pictureFolder))
    .sort()
    .slice(0, rows)
    .map((name) => join(pictureFolder, name))
  const results: BenchmarkResult[] = []
  const path = async (file: string): Promise<Float32Array> => {
    const { image } = await readImage(file)
    const prepared = preprocess(image, { preset: 'rgb', size: 224, scale: 'none' }).image
    return prepared.data.map((v) => v / 255)
  }
  const batchOf = (pictures: readonly Float32Array[]): ImageBatch => {
    const data = new Float32Array(pictures.length * 224 * 224 * 3)
    pictures.forEach((picture, i) => {
      data.set(picture, i * 224 * 224 * 3)
    })
    return tensor(data, [pictures.length, 224, 224, 3])
  }
  const pictures = await Promise.all(files.map(path))
  for (const [engine, id] of [
    ['onnx', 'onnx.mobilenet-224'],
    ['wasm', 'wasm.mobilenet-224'],
  ] as const) {
    const encoder = await loadEncoder(weights, { engine, threads: 1 })
    say(`ours: ${encoder.engine}`)
    const encodeAll = async (): Promise<void> => {
      for (let i = 0; i < pictures.length; i += batchSize)
        await encoder.encode(batchOf(pictures.slice(i, i + batchSize)))
    }
    const seconds = await medianSeconds(encodeAll, 3)
    results.push({ id, value: pictures.length / seconds, unit: 'images/s', better: 'higher', peers: {} })
    if (engine === 'onnx') {
      const whole = await medianSeconds(async () => {
        for (let i = 0; i < files.length; i += batchSize) {
          await encoder.encode(batchOf(await Promise.all(files.slice(i, i + batchSize).map(path))))
        }
      }, 3)
      const network = pictures.length / seconds
      results.push({
        id: 'path.mobilenet-224',
        value: files.length / whole,
        unit: 'images/s',
        better: 'higher',
        peers: { 'the network alone, onnxruntime-node': network },
      })
    }
    await encoder.dispose()
  }
  const binary = join(weights, 'weights.f32.bin')
  const manifest = readManifest(await readFile(join(weights, 'manifest.json'), 'utf8'), await readFile(binary), binary)
  const graph = join(folder, 'network.onnx')
  await writeFile(graph, lowerOnnx(foldNetwork(manifest.network, manifest.weights)))
  const figures = await peers<Record<string, number>>('encode.py', { graph, batchSize, count: pictures.length })
  return results.map((row) => (row.id === 'path.mobilenet-224' ? row : { ...row, peers: figures }))
}
