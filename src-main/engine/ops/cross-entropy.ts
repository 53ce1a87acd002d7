/** @file Losses per element that need a fused gradient to stay exact at extreme logits. */
import { defineOp, expectShape, type NoAttrs, type Op } from "../graph.ts";
import { sigmoid } from "./activations.ts";
import { mul, neg, sub } from "./elementwise.ts";
import { sum } from "./reductions.ts";
import { oneHot, reshape } from "./shapes.ts";
import { emitLogSoftmax, softmax } from "./softmax.ts";

/**
 * -log softmax(logits)[target] per position: logits [N, K, ..], target [N, ..] of class numbers -> [N, ..].
 * A target outside 0..K-1 gives loss 0 and no gradient (a position to ignore).
 */
export const softmaxCrossEntropy: Op<NoAttrs, 2> = defineOp("softmaxCrossEntropy", {
  shape: ([logits, target]) => {
    const expected = [logits.shape[0]!, ...logits.shape.slice(2)];
    expectShape(target.shape.join() === expected.join(), `target must be [${expected.join(", ")}].`);
    expectShape(target.dtype !== "float32", "target must hold integer class numbers.");
    return expected;
  },
  emit: (onnx, [logits, target], attrs) => {
    const hot = oneHot.definition.emit(onnx, [target, target, target, target], { classes: logits.shape[1]!, axis: 1 });
    const logProbabilities = emitLogSoftmax(onnx, logits, 1);
    const chosen = onnx.node("Mul", [hot, logProbabilities], attrs);
    return onnx.node("Neg", [onnx.node("ReduceSum", [chosen, onnx.int64s([1])], { keepdims: 0 })]);
  },
  // d logits = dy (softmax - one-hot) where the target is a class
  gradient: (dy, [logits, target]) => {
    const column = [logits.shape[0]!, 1, ...logits.shape.slice(2)];
    const truth = oneHot(target, { classes: logits.shape[1]!, axis: 1 });
    const error = sub(mul(softmax(logits, { axis: 1 }), sum(truth, { axes: [1] })), truth);
    return [mul(error, reshape(dy, { to: column })), null];
  },
  cases: [
    { inputs: [[2, 3, 2], { shape: [2, 2], dtype: "int64", values: [0, 2, 1, 1] }], attrs: {} },
    { inputs: [[2, 3, 1, 2], { shape: [2, 1, 2], dtype: "uint8", values: [0, 2, 255, 1] }], attrs: {} },
    { inputs: [[1, 2, 2, 1, 2], { shape: [1, 2, 1, 2], dtype: "uint8", values: [0, 1, 1, 0] }], attrs: {} },
  ],
});

/**
 * -t log σ(x) - (1 - t) log(1 - σ(x)), element by element, for targets t in [0, 1]:
 * max(x, 0) - x t + log(1 + e^-|x|).
 */
export const sigmoidCrossEntropy: Op<NoAttrs, 2> = defineOp("sigmoidCrossEntropy", {
  shape: ([x, target]) => {
    expectShape(target.shape.join() === x.shape.join(), "target must have the shape of the logits.");
    return x.shape;
  },
  emit: (onnx, [x, target]) => {
    const linear = onnx.node("Sub", [onnx.node("Relu", [x]), onnx.node("Mul", [x, target])]);
    return onnx.node("Add", [linear, onnx.node("Softplus", [onnx.node("Neg", [onnx.node("Abs", [x])])])]);
  },
  gradient: (dy, [x, target]) => [mul(dy, sub(sigmoid(x), target)), neg(mul(dy, x))],
  cases: [
    {
      inputs: [
        [2, 3],
        [2, 3],
      ],
      attrs: {},
      range: [0.1, 0.9],
    },
    {
      inputs: [
        { shape: [2], values: [-60, 60] },
        { shape: [2], values: [1, 1] },
      ],
      attrs: {},
    },
  ],
});
