/** @file Collages on the host, bit for bit: pictures and targets by the same mask. */

/**
 * `receiver` where `keep` is 1, `donor` where it is 0: both [N, ..planes of keep's size]. `keep` holds one mask for all items, or one for
 * each of `items`. A fresh array. Throws where the lengths say that sides, mask and places differ in size or rank.
 */
export function collage<Values extends Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>(
  receiver: Values,
  donor: Values,
  keep: Float32Array,
  { items, area }: { items: number; area: number },
): Values {
  requirePlaces(receiver, donor, keep, { items, area });
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

function requirePlaces(
  receiver: Float32Array | Uint8Array,
  donor: Float32Array | Uint8Array,
  keep: Float32Array,
  { items, area }: { items: number; area: number },
): void {
  const places = items * area;
  const expected = `${items} items of planes of ${area} places`;
  if (receiver.length !== donor.length)
    throw new Error(
      `collage: a receiver of ${receiver.length} values and a donor of ${donor.length}: they must be of one shape.`,
    );
  if (keep.length !== area && keep.length !== places)
    throw new Error(`collage: a mask of ${keep.length} places for ${expected}: give one plane, or one for each item.`);
  if (receiver.length === 0 || receiver.length % places !== 0)
    throw new Error(`collage: ${receiver.length} values are not ${expected}.`);
  // More planes are slices of a volume: the mask of a slice would cut the same hole through all of them.
  if (receiver instanceof Uint8Array && receiver.length !== places)
    throw new Error(
      `collage: a label map of ${receiver.length} values has one plane an item: expected ${expected}. Draw the mask in the shape of the label map.`,
    );
}
