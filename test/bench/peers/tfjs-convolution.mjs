/**
 * @file One 3 × 3 convolution, forward and backward, by TensorFlow.js without native code: on its Wasm backend as far as that goes.
 * It has no gradient of the weights there; TensorFlow.js then takes the plain JavaScript one.
 */
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { parameters, takeRounds } from "./rounds.mjs";

const GEOMETRY = { strides: [1, 1], dilations: [1, 1], pad: "same", dataFormat: "NHWC" };
const [batch, channels, outChannels, size] = parameters;

async function forwardBackward({ x, w, dy }) {
  await tf.setBackend("wasm");
  const y = tf.conv2d(x, w, 1, "same");
  const dx = tf.engine().runKernel("Conv2DBackpropInput", { dy, filter: w }, { ...GEOMETRY, inputShape: x.shape });
  await tf.setBackend("cpu");
  const dw = tf.engine().runKernel("Conv2DBackpropFilter", { x, dy }, { ...GEOMETRY, filterShape: w.shape });
  await Promise.all([y, dx, dw].map((result) => result.data()));
  tf.dispose([y, dx, dw]);
}

const operands = (images, side) => ({
  x: tf.randomNormal([images, side, side, channels]),
  w: tf.randomNormal([3, 3, channels, outChannels]),
  dy: tf.randomNormal([images, side, side, outChannels]),
});

for (const backend of ["cpu", "wasm"]) await tf.setBackend(backend);
await forwardBackward(operands(1, 8)); // compiles; a full step takes most of a minute
const full = operands(batch, size);
await takeRounds({
  name: `TensorFlow.js ${tf.version_core}, wasm and cpu, 1 thread`,
  count: outChannels * channels * 9,
  step: () => forwardBackward(full),
});
