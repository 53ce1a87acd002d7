/**
 * @file Exact squared Euclidean distance transform in time linear in the voxels.
 * Felzenszwalb & Huttenlocher 2012, "Distance Transforms of Sampled Functions", Theory of Computing 8.
 */

/**
 * Squared distance of every voxel center to the nearest non-zero voxel of `mask`, in the units of `spacing` squared.
 * `shape` and `spacing` are slowest axis first ([y, x] or [z, y, x]); Infinity everywhere for an empty mask.
 */
export function squaredDistances(
  mask: ArrayLike<number>,
  shape: readonly number[],
  spacing: readonly number[],
): Float64Array {
  const distances = Float64Array.from({ length: mask.length }, (_, index) => (mask[index] ? 0 : Infinity));
  const longest = shape.reduce((most, size) => Math.max(most, size), 1);
  const line = new Float64Array(longest);
  const vertices = new Int32Array(longest); // positions of the parabolas of the lower envelope
  const borders = new Float64Array(longest + 1); // borders[k]: where parabola k takes over
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis]!;
    const step = spacing[axis]! ** 2;
    for (let start = 0; start < mask.length; start++) {
      if (Math.floor(start / stride) % size !== 0) {
        start += stride * (size - 1) - 1; // on to the next block of lines
        continue;
      }
      for (let index = 0; index < size; index++) line[index] = distances[start + index * stride]!;
      envelope(line, size, step, vertices, borders, (index, value) => {
        distances[start + index * stride] = value;
      });
    }
    stride *= size;
  }
  return distances;
}

/** One line: value(p) = min over q of line(q) + step * (p - q)^2, by the lower envelope of parabolas. */
function envelope(
  line: Float64Array,
  size: number,
  step: number,
  vertices: Int32Array,
  borders: Float64Array,
  write: (index: number, value: number) => void,
): void {
  let last = -1;
  for (let position = 0; position < size; position++) {
    const height = line[position]!;
    if (height === Infinity) continue;
    let border = -Infinity;
    while (last >= 0) {
      const vertex = vertices[last]!;
      // Where the parabolas at `vertex` and `position` meet.
      border = ((height - line[vertex]!) / step + position ** 2 - vertex ** 2) / (2 * (position - vertex));
      if (border > borders[last]!) break;
      last--;
    }
    last++;
    vertices[last] = position;
    borders[last] = last === 0 ? -Infinity : border;
  }
  if (last < 0) return; // no foreground on this line: stays Infinity
  const count = last + 1;
  let current = 0;
  for (let position = 0; position < size; position++) {
    while (current + 1 < count && borders[current + 1]! < position) current++;
    const vertex = vertices[current]!;
    write(position, line[vertex]! + step * (position - vertex) ** 2);
  }
}
