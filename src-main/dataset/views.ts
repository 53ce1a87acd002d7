/** @file A square seen from several sides: turned and mirrored for a network, and what the network says brought back and averaged. */

/** One, mirrored both ways and turned by 180°, or all eight symmetries of the square. */
export type ViewCount = 1 | 4 | 8;

export interface Views {
  readonly count: ViewCount;
  /** `[channels, size, size]` -> `[count, channels, size, size]`, the first as it is. */
  of(image: Float32Array): Float32Array<ArrayBuffer>;
  /** `[count, planes, size, size]`, of the views -> `[planes, size, size]`, turned back: their mean. */
  mean(probabilities: Float32Array): Float32Array<ArrayBuffer>;
  /** The same for each view by itself: index of the likeliest plane, `[size, size]`; of equals the first. */
  winners(probabilities: Float32Array): Uint8Array<ArrayBuffer>[];
  /** Planes `[.., size, size]` as one of the views shows them, and back. */
  turned(planes: Float32Array, view: number): Float32Array<ArrayBuffer>;
  turnedBack(planes: Float32Array, view: number): Float32Array<ArrayBuffer>;
}

export function squareViews(size: number, count: ViewCount): Views {
  const area = size * size;
  const sources = Array.from({ length: count }, (_, view) => sourcesOf(size, view));
  return {
    count,
    turned(planes, view) {
      const turned = new Float32Array(planes.length);
      const source = sources[view]!;
      for (let start = 0; start < planes.length; start += area) {
        for (let pixel = 0; pixel < area; pixel++) turned[start + pixel] = planes[start + source[pixel]!]!;
      }
      return turned;
    },
    turnedBack(planes, view) {
      const straight = new Float32Array(planes.length);
      const source = sources[view]!;
      for (let start = 0; start < planes.length; start += area) {
        for (let pixel = 0; pixel < area; pixel++) straight[start + source[pixel]!] = planes[start + pixel]!;
      }
      return straight;
    },
    of(image) {
      const turned = new Float32Array(count * image.length);
      sources.forEach((source, view) => {
        for (let start = 0; start < image.length; start += area) {
          const into = view * image.length + start;
          for (let pixel = 0; pixel < area; pixel++) turned[into + pixel] = image[start + source[pixel]!]!;
        }
      });
      return turned;
    },
    mean(probabilities) {
      const length = probabilities.length / count;
      const sum = new Float32Array(length);
      sources.forEach((source, view) => {
        for (let start = 0; start < length; start += area) {
          const from = view * length + start;
          for (let pixel = 0; pixel < area; pixel++) sum[start + source[pixel]!]! += probabilities[from + pixel]!;
        }
      });
      if (count > 1) for (let place = 0; place < length; place++) sum[place]! /= count;
      return sum;
    },
    winners(probabilities) {
      const length = probabilities.length / count;
      const planes = length / area;
      return sources.map((source, view) => {
        const winner = new Uint8Array(area);
        const from = view * length;
        for (let pixel = 0; pixel < area; pixel++) {
          let best = 0;
          let highest = probabilities[from + pixel]!;
          for (let plane = 1; plane < planes; plane++) {
            const probability = probabilities[from + plane * area + pixel]!;
            if (probability <= highest) continue;
            highest = probability;
            best = plane;
          }
          winner[source[pixel]!] = best;
        }
        return winner;
      });
    },
  };
}

/** For each pixel of a view the one that it shows: bit 0 mirrors columns, bit 1 rows, bit 2 exchanges both. */
function sourcesOf(size: number, view: number): Int32Array {
  const last = size - 1;
  const sources = new Int32Array(size * size);
  for (let row = 0, pixel = 0; row < size; row++) {
    for (let column = 0; column < size; column++, pixel++) {
      const x = view & 1 ? last - column : column;
      const y = view & 2 ? last - row : row;
      sources[pixel] = view & 4 ? x * size + y : y * size + x;
    }
  }
  return sources;
}
