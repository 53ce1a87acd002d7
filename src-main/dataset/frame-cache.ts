/** @file What was prepared of frames, kept while memory allows: a set may be larger than memory. */

/** Bytes kept, unless told otherwise. */
const LIMIT_BYTES = 2 ** 28;

/**
 * Prepares each frame once as long as the results fit into `limitBytes`; from then on new ones are prepared anew each time. What is kept stays:
 * of a set that is gone through in shuffled order, no other choice of the same size would be asked for more often.
 */
export function createFrameCache<Prepared>(
  prepare: (frameId: number) => Promise<Prepared>,
  { bytesOf, limitBytes = LIMIT_BYTES }: { bytesOf: (prepared: Prepared) => number; limitBytes?: number },
): (frameId: number) => Promise<Prepared> {
  const kept = new Map<number, Prepared>();
  let bytes = 0;
  return async (frameId) => {
    const known = kept.get(frameId);
    if (known !== undefined) return known;
    const prepared = await prepare(frameId);
    const more = bytesOf(prepared);
    if (bytes + more <= limitBytes && !kept.has(frameId)) {
      bytes += more;
      kept.set(frameId, prepared);
    }
    return prepared;
  };
}
