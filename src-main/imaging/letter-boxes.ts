/**
 * @file Connected pieces of marked pixels with their boxes, from runs of each row: one pass over the pixels, for a search that must not
 * slow an import. Pixels that touch at a corner belong together.
 */

/** Columns [left, right), rows [top, bottom). */
export interface Piece {
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** Marked pixels. */
  size: number;
}

/** Pieces of the pixels of `[height, width]` whose level is at least `low` and at most `high`, in the order of their first pixels. */
export function piecesOf(levels: Uint8Array, width: number, height: number, low: number, high: number): Piece[] {
  const pieces: Piece[] = [];
  /** Piece that a piece was joined to, or itself. */
  const joined: number[] = [];
  const rootOf = (piece: number): number => {
    let root = piece;
    while (joined[root] !== root) root = joined[root]!;
    while (joined[piece] !== root) [joined[piece], piece] = [root, joined[piece]!];
    return root;
  };
  // Runs of the row above and of this one: start, end, piece.
  let above: number[] = [];
  let here: number[] = [];
  for (let y = 0; y < height; y++) {
    [above, here] = [here, above];
    here.length = 0;
    let first = 0;
    const row = y * width;
    for (let x = 0; x < width; x++) {
      if (levels[row + x]! < low || levels[row + x]! > high) continue;
      const start = x;
      while (x < width && levels[row + x]! >= low && levels[row + x]! <= high) x++;
      while (first < above.length && above[first + 1]! < start) first += 3;
      let root = -1;
      for (let run = first; run < above.length && above[run]! <= x; run += 3) {
        const other = rootOf(above[run + 2]!);
        if (root < 0 || other === root) root = other;
        else root = unite(root, other);
      }
      if (root < 0) {
        root = pieces.length;
        joined.push(root);
        pieces.push({ left: start, top: y, right: x, bottom: y + 1, size: x - start });
      } else {
        const piece = pieces[root]!;
        piece.left = Math.min(piece.left, start);
        piece.right = Math.max(piece.right, x);
        piece.bottom = y + 1;
        piece.size += x - start;
      }
      here.push(start, x, root);
    }
  }
  return pieces.filter((_, piece) => joined[piece] === piece);

  /** The older one takes the younger one up. */
  function unite(a: number, b: number): number {
    const [kept, gone] = a < b ? [a, b] : [b, a];
    joined[gone] = kept;
    const [into, from] = [pieces[kept]!, pieces[gone]!];
    into.left = Math.min(into.left, from.left);
    into.top = Math.min(into.top, from.top);
    into.right = Math.max(into.right, from.right);
    into.bottom = Math.max(into.bottom, from.bottom);
    into.size += from.size;
    return kept;
  }
}
