export { type OnnxAttribute, type OnnxFileOptions, OnnxGraph } from './onnx-graph.ts'
