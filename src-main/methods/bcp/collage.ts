/** @file Collages on the host, bit for bit: pictures and targets by the same mask. */

/**
 * `receiver` where `keep` is 1, `donor` where it is 0: both [N, ..planes of keep's size]. `keep` holds one mask for all items, or one for
 * each of `items`. A fresh array.
 */
export function collage<Values extends Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>(
  receiver: Values,
  donor: Values,
  keep: Float32Array,
  { items, area }: { items: number; area: number },
): Values {
  const mixed = receiver.slice() as Values;
  const perItem = receiver.length / items;
  const isOwn = keep.length === items * area;
  for (let at = 0; at < mixed.length; at++) {
    const place = at % area;
    const kept = keep[isOwn ? Math.floor(at / perItem) * area + place : place];
    if (kept === 0) mixed[at] = donor[at]!;
  }
  return mixed;
}
