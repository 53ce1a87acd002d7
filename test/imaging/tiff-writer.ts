/**
 * @file Writes uncompressed TIFF and BigTIFF files tag by tag, for tests: not by the code under test.
 */
export interface TiffPageParts {
  width: number;
  height: number;
  /** Rows one after the other, each starting at a byte; planes one after the other where planar. */
  data: Uint8Array;
  /** Tags over the defaults (8-bit gray, one strip), as [tag, values]; null leaves a tag out. */
  tags?: Record<number, number[] | null>;
  /** Strips or tiles, in place of `data`. */
  pieces?: Uint8Array[];
}

/** Tags that are LONG; others are SHORT. */
const longs = new Set([254, 256, 257, 273, 278, 279, 324, 325]);

export function writeTiff(pages: TiffPageParts[], { isBigEndian = false, isBigTiff = false } = {}): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  const little = !isBigEndian;
  const add = (bytes: Uint8Array): number => {
    const at = length;
    const padded = Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
    parts.push(padded);
    length += padded.length;
    return at;
  };
  const numbers = (size: 2 | 4 | 8, values: readonly number[]): Buffer => {
    const view = new DataView(new ArrayBuffer(size * values.length));
    values.forEach((value, index) => {
      if (size === 2) view.setUint16(2 * index, value, little);
      else if (size === 4) view.setUint32(4 * index, value, little);
      else view.setBigUint64(8 * index, BigInt(value), little);
    });
    return Buffer.from(view.buffer);
  };
  const word = isBigTiff ? 8 : 4;
  add(Buffer.alloc(16));
  const links: { at: number; to: number }[] = [];
  let link = isBigTiff ? 8 : 4;
  for (const { width, height, data, tags = {}, pieces = [data] } of pages) {
    const offsets = pieces.map((piece) => add(piece));
    const isTiled = 322 in tags;
    const all: Record<number, number[] | null> = {
      256: [width],
      257: [height],
      258: [8],
      259: [1],
      262: [1],
      277: [1],
      278: isTiled ? null : [height],
      [isTiled ? 324 : 273]: offsets,
      [isTiled ? 325 : 279]: pieces.map((piece) => piece.length),
      ...tags,
    };
    const entries = Object.entries(all)
      .filter((entry): entry is [string, number[]] => entry[1] !== null)
      .map(([tag, values]) => ({ tag: Number(tag), values }))
      .sort((a, b) => a.tag - b.tag);
    const fields = entries.map(({ tag, values }) => {
      const isLong = longs.has(tag);
      const content = numbers(isLong ? 4 : 2, values);
      const inline = Buffer.alloc(word);
      if (content.length <= word) content.copy(inline);
      else numbers(word, [add(content)]).copy(inline);
      return Buffer.concat([numbers(2, [tag, isLong ? 4 : 3]), numbers(word, [values.length]), inline]);
    });
    const start = add(Buffer.concat([numbers(isBigTiff ? 8 : 2, [fields.length]), ...fields, Buffer.alloc(word)]));
    links.push({ at: link, to: start });
    link = start + (isBigTiff ? 8 : 2) + fields.length * (4 + 2 * word);
  }
  const file = Buffer.concat(parts);
  file.write(isBigEndian ? "MM" : "II", "latin1");
  numbers(2, isBigTiff ? [43, 8, 0] : [42]).copy(file, 2);
  for (const { at, to } of links) numbers(word, [to]).copy(file, at);
  return file;
}
