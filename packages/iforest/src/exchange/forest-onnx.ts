import { choiceOption, type OptionRules, resolveOptions, UnsupportedError } from '@astronomaly/core'
import { powerOfTwo } from '@astronomaly/core/numeric'
import { OnnxGraph } from '@astronomaly/core/onnx'
import { averagePathLength } from '../average-path-length.ts'
import { forestShape } from '../flat-forest.ts'
import type { IsolationForestModel } from '../isolation-forest-model.ts'

/** Options of {@link forestToOnnx}. */
export interface ForestToOnnxOptions {
  /**
   * What the file computes: `'score'` (in (0, 1], higher = more anomalous) or `'path-length'` (mean over the trees, shorter = more
   * anomalous).
   * @defaultValue 'score'
   */
  readonly output?: 'score' | 'path-length' | undefined
}

const rules = { output: choiceOption(['score', 'path-length'], 'score') } satisfies OptionRules<ForestToOnnxOptions>

const machineLearning = 'ai.onnx.ml'
/** The oldest that have TreeEnsembleRegressor and the arithmetic; every runtime since 2019 loads them. */
const fileVersions = { irVersion: 4, operatorSets: { '': 9, [machineLearning]: 1 } }

/**
 * A model as an ONNX file, for any runtime that has the operators of `ai.onnx.ml`.
 *
 * @returns The bytes of a ModelProto, operator sets 9 and ai.onnx.ml 1. Input `rows`: float32 `[n, columns]`, n free; output
 * `score` or `path_length`: float32 `[n, 1]`.
 * @throws UnsupportedError for `missing: 'both-ways'`, oblique cuts and `penalizeRange`, which a TreeEnsembleRegressor cannot
 * express; ParameterError for an unknown option.
 * @remarks Thresholds are 32-bit floats here and there, so every row reaches the same leaf, also on a tie. Leaves hold the path
 * length less a whole number near c(ψ), so that the 32-bit sums over the trees stay small, and are exact in trees without a limit
 * of depth. Of 1,024 trees scores differ by less than 1e-6, path lengths by less than 3e-5. The file does not check its input: NaN goes right at every cut, where a model with `missing: 'reject'` throws.
 * O(nodes), some 25 bytes each.
 * @see https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsembleRegressor.html
 */
export function forestToOnnx(model: IsolationForestModel, options: ForestToOnnxOptions = {}): Uint8Array<ArrayBuffer> {
  const { output } = resolveOptions('forestToOnnx', options, rules)
  checkExpressible(model)
  const { columns, sampleSize, pathLength } = model
  const normaliser = averagePathLength(sampleSize, { convention: pathLength })
  const centre = Math.round(normaliser)
  const graph = new OnnxGraph()
  graph.input('rows', ['n', columns])
  const attributes = treeAttributes(model, centre)
  const excess = graph.node('TreeEnsembleRegressor', ['rows'], 'excess', attributes, machineLearning)
  const scaled = (factor: number): string =>
    graph.node('Mul', [excess, graph.constant('factor', [1], [factor])], 'scaled')
  const name = output === 'score' ? 'score' : 'path_length'
  if (output === 'path-length') {
    graph.node('Add', [scaled(1 / model.trees), graph.constant('centre', [1], [centre])], name)
  } else {
    // 2^(−h / c), h = centre + excess / trees; where c is 0, 1/2.
    const halvings = normaliser > 0 ? 1 / normaliser : 0
    const power = graph.node('Exp', [scaled((-Math.LN2 * halvings) / model.trees)], 'power')
    const atCentre = normaliser > 0 ? powerOfTwo(-centre * halvings) : 0.5
    graph.node('Mul', [power, graph.constant('at_centre', [1], [atCentre])], name)
  }
  graph.output(name, ['n', 1])
  return graph.finish('isolation_forest', { producer: '@astronomaly/iforest', ...fileVersions })
}

function checkExpressible({ forest, missing }: IsolationForestModel): void {
  const { ranges, terms } = forestShape(forest)
  const reasons = [
    missing === 'both-ways' && `missing: 'both-ways': a row with NaN would have to follow both children`,
    terms > 1 && 'oblique cuts: a node would have to compare a sum of columns',
    ranges && 'penalizeRange: a path length would have to depend on more than the leaf',
  ].filter((reason) => reason !== false)
  if (reasons.length === 0) return
  throw new UnsupportedError(
    `forestToOnnx: a TreeEnsembleRegressor must be able to express the model. Received ${reasons.join('; ')}.`,
  )
}

function treeAttributes(
  { forest, trees }: IsolationForestModel,
  centre: number,
): Readonly<Record<string, Float32Array | Int32Array | readonly string[] | string | number>> {
  const { roots, feature, threshold, left, value } = forest
  const nodes = left.length
  const leaves = (nodes + trees) / 2
  const tree = new Int32Array(nodes)
  const node = new Int32Array(nodes)
  const modes = new Array<string>(nodes)
  const values = new Float32Array(nodes)
  const whenTrue = new Int32Array(nodes)
  const whenFalse = new Int32Array(nodes)
  const leafTree = new Int32Array(leaves)
  const leafNode = new Int32Array(leaves)
  const weights = new Float32Array(leaves)
  let leaf = 0
  for (let t = 0; t < trees; t++) {
    const root = roots[t]!
    for (let i = root; i < roots[t + 1]!; i++) {
      const l = left[i]!
      tree[i] = t
      node[i] = i - root
      modes[i] = l === i ? 'LEAF' : 'BRANCH_LEQ'
      if (l === i) {
        leafTree[leaf] = t
        leafNode[leaf] = i - root
        weights[leaf++] = value[i]! - centre
      } else {
        values[i] = threshold[i]!
        whenTrue[i] = l - root
        whenFalse[i] = l + 1 - root
      }
    }
  }
  return {
    aggregate_function: 'SUM',
    n_targets: 1,
    nodes_treeids: tree,
    nodes_nodeids: node,
    nodes_featureids: feature,
    nodes_modes: modes,
    nodes_values: values,
    nodes_truenodeids: whenTrue,
    nodes_falsenodeids: whenFalse,
    target_treeids: leafTree,
    target_nodeids: leafNode,
    target_ids: new Int32Array(leaves),
    target_weights: weights,
  }
}
