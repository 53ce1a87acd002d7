/** @file Probabilities to classes. */

/** `[planes, pixels]` -> index of the likeliest plane at each pixel; of equals the first. */
export function likeliestPlanes(probabilities: Float32Array, planes: number): Uint8Array<ArrayBuffer> {
  const pixels = probabilities.length / planes;
  const winner = new Uint8Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    let best = probabilities[pixel]!;
    for (let plane = 1; plane < planes; plane++) {
      const probability = probabilities[plane * pixels + pixel]!;
      if (probability <= best) continue;
      best = probability;
      winner[pixel] = plane;
    }
  }
  return winner;
}
