/**
 * @file JPEG lossless (process 14, any predictor, Huffman coded, 2 to 16 bits). ITU-T T.81 annex H.
 */
import { CannotDecode, type DecodeCodestream, type FrameDecoder, requireSameSize } from "./codec.ts";
import { BitReader, type HuffmanTable, readHuffmanTables } from "./huffman.ts";
import { type JpegHeader, nextSegment, readJpegHeader, SOF } from "./jpeg-header.ts";

export const jpegLossless: FrameDecoder = { name: "JPEG lossless", load: () => Promise.resolve(decodeLossless) };

const decodeLossless: DecodeCodestream = (codestream, expected) => {
  const header = readJpegHeader(codestream);
  const { process, precision, width, height, components } = header;
  if (process !== SOF.lossless) throw new CannotDecode("its JPEG process is not lossless Huffman coding");
  if (precision < 2 || precision > 16) throw new CannotDecode(`its JPEG precision is ${precision} bits`);
  if (components.some(({ horizontal, vertical }) => horizontal !== 1 || vertical !== 1)) {
    throw new CannotDecode("its channels are subsampled, which is not decoded for lossless JPEG");
  }
  requireSameSize({ width, height, channels: components.length }, expected);
  const length = width * height * components.length;
  const cells = precision <= 8 ? new Uint8Array(length) : new Uint16Array(length);
  const tables: (HuffmanTable | undefined)[] = [];
  const done = new Set<number>();
  const reader = new BitReader(codestream);
  let restartInterval = 0;
  for (let position = 2; done.size < components.length;) {
    const segment = nextSegment(codestream, position);
    if (segment === null) throw new CannotDecode("its JPEG scans are incomplete");
    position = segment.end;
    const { marker, content } = segment;
    if (marker === 0xc4) readHuffmanTables(content, tables);
    else if (marker === 0xdd) restartInterval = ((content[0] ?? 0) << 8) | (content[1] ?? 0);
    else if (marker === 0xda) {
      const scan = readScan(content, header, tables);
      position = decodeScan(reader, position, { ...scan, header, cells, restartInterval });
      for (const { channel } of scan.channels) done.add(channel);
    } else if (marker === 0xd9) throw new CannotDecode("its JPEG scans are incomplete");
  }
  return { cells, precision, isSigned: null, isPlanar: false, colors: null };
};

interface Scan {
  channels: { channel: number; table: HuffmanTable }[];
  predictor: number;
  pointTransform: number;
}

/** B.2.3: Ss is the predictor, Al the point transform. */
function readScan(
  content: Uint8Array,
  { components, precision }: JpegHeader,
  tables: (HuffmanTable | undefined)[],
): Scan {
  const count = content[0] ?? 0;
  if (count < 1 || count > 4 || content.length < 4 + 2 * count) throw new CannotDecode("a JPEG scan header is broken");
  const channels = Array.from({ length: count }, (_, index) => {
    const channel = components.findIndex(({ id }) => id === content[1 + 2 * index]);
    const table = tables[content[2 + 2 * index]! >> 4];
    if (channel < 0 || table === undefined)
      throw new CannotDecode("a JPEG scan names a channel or table that is missing");
    return { channel, table };
  });
  const predictor = content[1 + 2 * count]!;
  const pointTransform = content[3 + 2 * count]! & 15;
  if (predictor < 1 || predictor > 7)
    throw new CannotDecode(`it uses JPEG predictor ${predictor}, which does not exist`);
  if (pointTransform >= precision) throw new CannotDecode("its JPEG point transform removes all bits");
  return { channels, predictor, pointTransform };
}

/** Fills the channels of one scan; returns where it ends. H.2. */
function decodeScan(
  reader: BitReader,
  start: number,
  {
    channels,
    predictor,
    pointTransform,
    header,
    cells,
    restartInterval,
  }: Scan & {
    header: JpegHeader;
    cells: Uint8Array | Uint16Array;
    restartInterval: number;
  },
): number {
  const { width, height, components, precision } = header;
  if (restartInterval % width !== 0 && restartInterval < width * height) {
    throw new CannotDecode("a JPEG restart interval does not end with a line");
  }
  const linesUntilRestart = restartInterval / width;
  const tables = channels.map(({ table }) => table);
  const isOneTable = tables.every((table) => table === tables[0]);
  const differences = new Int32Array(width * channels.length);
  const middle = 1 << (precision - pointTransform - 1);
  const step = components.length;
  reader.start(start);
  for (let y = 0; y < height; y++) {
    const isRestart = linesUntilRestart > 0 && y > 0 && y % linesUntilRestart === 0;
    if (isRestart && !reader.restart()) throw new CannotDecode("a JPEG restart marker is missing");
    if (isOneTable) reader.differences(tables[0]!, differences);
    else reader.differencesInTurn(tables, differences);
    if (reader.isExhausted) throw new CannotDecode("its entropy-coded data is cut off");
    for (let index = 0; index < channels.length; index++) {
      const line = { first: y * width * step + channels[index]!.channel, step, width };
      const turn = { from: index, by: channels.length };
      // The first line of the image or of a restart interval is predicted from the left only. H.1.2.1.
      if (y === 0 || isRestart) addToLeft(cells, line, differences, turn, middle);
      else if (predictor === 1) addToLeft(cells, line, differences, turn, cells[line.first - width * step]!);
      else addToPrediction(cells, line, differences, turn, predictor);
    }
  }
  if (pointTransform > 0) {
    for (const { channel } of channels) {
      for (let at = channel; at < cells.length; at += step) cells[at] = cells[at]! << pointTransform;
    }
  }
  return reader.end;
}

/** One channel of one line among the cells of the image. */
interface Line {
  first: number;
  step: number;
  width: number;
}

/** Where the differences of that channel lie among those of the line. */
interface Turn {
  from: number;
  by: number;
}

/** Predictor 1; `before` predicts the first sample. Sums are modulo 2^16, of which 8-bit cells keep the lower half. H.1.2.1. */
function addToLeft(
  cells: Uint8Array | Uint16Array,
  { first, step, width }: Line,
  differences: Int32Array,
  { from, by }: Turn,
  before: number,
): void {
  let left = before;
  for (let x = 0, at = first, of = from; x < width; x++, at += step, of += by) {
    left = (left + differences[of]!) & 0xffff;
    cells[at] = left;
  }
}

/** Predictors 2 to 7 of table H.1; the first sample is predicted from above. */
function addToPrediction(
  cells: Uint8Array | Uint16Array,
  { first, step, width }: Line,
  differences: Int32Array,
  { from, by }: Turn,
  predictor: number,
): void {
  const mask = cells.BYTES_PER_ELEMENT === 1 ? 0xff : 0xffff;
  const row = width * step;
  let corner = cells[first - row]!;
  let left = (corner + differences[from]!) & mask;
  cells[first] = left;
  for (let x = 1, at = first + step, of = from + by; x < width; x++, at += step, of += by) {
    const above = cells[at - row]!;
    let predicted: number;
    if (predictor === 2) predicted = above;
    else if (predictor === 3) predicted = corner;
    else if (predictor === 4) predicted = left + above - corner;
    else if (predictor === 5) predicted = left + ((above - corner) >> 1);
    else if (predictor === 6) predicted = above + ((left - corner) >> 1);
    else predicted = (left + above) >> 1;
    left = (predicted + differences[of]!) & mask;
    cells[at] = left;
    corner = above;
  }
}
