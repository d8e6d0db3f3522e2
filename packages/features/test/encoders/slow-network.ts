import type {
  Activation,
  ConvolutionLayer,
  MaxPoolLayer,
  NetworkDescription,
  WeightTensors,
} from '../../src/encoders/index.ts'

interface Values {
  readonly height: number
  readonly width: number
  readonly channels: number
  readonly data: Float64Array
}

const activations: Readonly<Record<Activation, (v: number) => number>> = {
  linear: (v) => v,
  relu: (v) => Math.max(0, v),
  relu6: (v) => Math.min(6, Math.max(0, v)),
  sigmoid: (v) => 1 / (1 + Math.exp(-v)),
  silu: (v) => v / (1 + Math.exp(-v)),
}

function convolve(layer: ConvolutionLayer, x: Values, weights: WeightTensors): Values {
  const { kernelSize: k, stride, padding, filters, depthwise } = layer
  const of = (name: string) => weights.tensors.get(name)!.data
  const kernel = of(layer.kernel)
  const inputs = depthwise ? 1 : layer.inputChannels
  const at = (o: number, i: number, place: number): number => {
    if (weights.layout === 'torch') return kernel[(o * inputs + i) * k * k + place]!
    return depthwise ? kernel[place * filters + o]! : kernel[(place * inputs + i) * filters + o]!
  }
  const height = Math.floor((x.height + padding.top + padding.bottom - k) / stride) + 1
  const width = Math.floor((x.width + padding.left + padding.right - k) / stride) + 1
  const data = new Float64Array(height * width * filters)
  const norm = layer.batchNorm
  const numbers = new Float64Array(inputs * k * k)
  for (let o = 0; o < filters; o++) {
    for (let place = 0; place < k * k; place++) {
      for (let i = 0; i < inputs; i++) numbers[place * inputs + i] = at(o, i, place)
    }
    for (let y = 0; y < height; y++) {
      for (let c = 0; c < width; c++) {
        let sum = layer.bias ? of(layer.bias)[o]! : 0
        for (let ky = 0; ky < k; ky++) {
          const fromY = y * stride + ky - padding.top
          if (fromY < 0 || fromY >= x.height) continue
          for (let kx = 0; kx < k; kx++) {
            const fromX = c * stride + kx - padding.left
            if (fromX < 0 || fromX >= x.width) continue
            const base = (fromY * x.width + fromX) * x.channels + (depthwise ? o : 0)
            const first = (ky * k + kx) * inputs
            for (let i = 0; i < inputs; i++) sum += x.data[base + i]! * numbers[first + i]!
          }
        }
        if (norm) {
          const scale = of(norm.gamma)[o]! / Math.sqrt(of(norm.variance)[o]! + norm.epsilon)
          sum = (sum - of(norm.mean)[o]!) * scale + of(norm.beta)[o]!
        }
        data[(y * width + c) * filters + o] = activations[layer.activation](sum)
      }
    }
  }
  return { height, width, channels: filters, data }
}

function maxPool(layer: MaxPoolLayer, x: Values): Values {
  const height = Math.floor((x.height - layer.size) / layer.stride) + 1
  const width = Math.floor((x.width - layer.size) / layer.stride) + 1
  const data = new Float64Array(height * width * x.channels).fill(Number.NEGATIVE_INFINITY)
  for (let i = 0; i < data.length; i++) {
    const c = i % x.channels
    const [px, py] = [Math.floor(i / x.channels) % width, Math.floor(i / x.channels / width)]
    for (let k = 0; k < layer.size ** 2; k++) {
      const [fy, fx] = [py * layer.stride + Math.floor(k / layer.size), px * layer.stride + (k % layer.size)]
      data[i] = Math.max(data[i]!, x.data[(fy * x.width + fx) * x.channels + c]!)
    }
  }
  return { height, width, channels: x.channels, data }
}

function average(x: Values): Values {
  const data = new Float64Array(x.channels)
  x.data.forEach((v, i) => {
    data[i % x.channels] = data[i % x.channels]! + v
  })
  return { height: 1, width: 1, channels: x.channels, data: data.map((v) => v / (x.height * x.width)) }
}

/** The slow twin of every lowering: the description read word by word in double precision, batch normalisation where it stands. */
export function slowFeatures(network: NetworkDescription, weights: WeightTensors, picture: Float32Array): Float64Array {
  const [height, width, channels] = network.inputShape
  const data = Float64Array.from(picture, (v) => v * network.inputScale + network.inputOffset)
  const values = new Map<string, Values>([['picture', { height, width, channels, data }]])
  for (const layer of network.layers) {
    const x = values.get(layer.input)!
    if (layer.kind === 'convolution') values.set(layer.name, convolve(layer, x, weights))
    else if (layer.kind === 'max-pool') values.set(layer.name, maxPool(layer, x))
    else if (layer.kind === 'global-average') values.set(layer.name, average(x))
    else {
      const other = values.get(layer.other)!
      const combine = layer.kind === 'add' ? (a: number, b: number) => a + b : (a: number, b: number) => a * b
      values.set(layer.name, { ...x, data: x.data.map((v, i) => combine(v, other.data[i % other.data.length]!)) })
    }
  }
  return values.get(network.output)!.data
}
