import { preset } from '../../tsup.preset.ts'

export default preset([
  'src/index.ts',
  'src/http/index.ts',
  'src/kernels/index.ts',
  'src/metrics/index.ts',
  'src/numeric/index.ts',
  'src/onnx/index.ts',
  'src/table/index.ts',
  'src/node.ts',
  'src/testing/index.ts',
])
