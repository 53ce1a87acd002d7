/**
 * @file JPEG by DCT with Huffman coding: baseline, extended sequential and progressive, 8 or 12 bits. ITU-T T.81 annexes F and G.
 * The 12-bit processes have no decoder among the packages we use; 8 bits are read too, when libjpeg-turbo refuses.
 */
import { CannotDecode, type DecodeCodestream, type FrameDecoder, requireSameSize } from "./codec.ts";
import { dequantizers, inverseDct, zigzag } from "./dct.ts";
import { BitReader, type HuffmanTable, readHuffmanTables } from "./huffman.ts";
import { type JpegComponent, type JpegHeader, nextSegment, readJpegHeader, SOF } from "./jpeg-header.ts";
import { decodeProgressiveBlock, decodeSequentialBlock, type ScanState } from "./jpeg-scan.ts";

export const jpegExtended: FrameDecoder = { name: "JPEG DCT", load: () => Promise.resolve(decodeDct) };

/** Progressive files have some ten scans; each costs a pass over the image, so a file of thousands is an attack. */
const MAX_SCANS = 128;

/** One channel: its coefficients, block by block, each in zigzag order. */
interface Plane extends JpegComponent {
  blocksAcross: number;
  /** Blocks that hold samples of the image; interleaved scans code more, up to a whole MCU. A.2.4. */
  usedAcross: number;
  usedDown: number;
  coefficients: Int16Array;
  quantizationTable: Uint16Array | undefined;
}

const decodeDct: DecodeCodestream = (codestream, expected) => {
  const header = readJpegHeader(codestream);
  const { process, precision, width, height, components } = header;
  if (process !== SOF.baseline && process !== SOF.extended && process !== SOF.progressive) {
    throw new CannotDecode("its JPEG process is not DCT with Huffman coding");
  }
  if (precision !== 8 && precision !== 12) throw new CannotDecode(`its JPEG precision is ${precision} bits`);
  requireSameSize({ width, height, channels: components.length }, expected);
  const planes = readScans(codestream, header);
  const cells = reconstruct(planes, header);
  return { cells, precision, isSigned: null, isPlanar: false, colors: header.colors };
};

function readScans(bytes: Uint8Array, header: JpegHeader): Plane[] {
  const { planes, across, down } = layOut(header);
  const quantization: (Uint16Array | undefined)[] = [];
  const huffman: (HuffmanTable | undefined)[] = [];
  let restartInterval = 0;
  const reader = new BitReader(bytes);
  let scans = 0;
  for (let position = 2; ;) {
    const segment = nextSegment(bytes, position);
    // Some writers leave EOI out; what is missing is noticed below.
    if (segment === null || segment.marker === 0xd9) break;
    const { marker, content } = segment;
    position = segment.end;
    if (marker === 0xdb) readQuantization(content, quantization);
    else if (marker === 0xc4) readHuffmanTables(content, huffman);
    else if (marker === 0xdd) restartInterval = ((content[0] ?? 0) << 8) | (content[1] ?? 0);
    else if (marker === 0xda) {
      if (++scans > MAX_SCANS) throw new CannotDecode(`it has more than ${MAX_SCANS} JPEG scans`);
      const scan = readScanHeader(content, planes, huffman, header.process === SOF.progressive);
      for (const plane of scan.planes) plane.quantizationTable ??= quantization[plane.quantization];
      position = decodeScan(reader, position, { ...scan, across, down, restartInterval });
    }
  }
  if (planes.some(({ quantizationTable }) => quantizationTable === undefined)) {
    throw new CannotDecode("a scan or quantization table of its JPEG codestream is missing");
  }
  return planes;
}

/** Blocks of each channel. A.1.1, A.2.4. */
function layOut({ width, height, components }: JpegHeader): { planes: Plane[]; across: number; down: number } {
  const maxHorizontal = Math.max(...components.map(({ horizontal }) => horizontal));
  const maxVertical = Math.max(...components.map(({ vertical }) => vertical));
  const across = Math.ceil(width / (8 * maxHorizontal));
  const down = Math.ceil(height / (8 * maxVertical));
  const planes = components.map((component): Plane => {
    const { horizontal, vertical } = component;
    const blocksAcross = across * horizontal;
    return {
      ...component,
      blocksAcross,
      usedAcross: Math.ceil(Math.ceil((width * horizontal) / maxHorizontal) / 8),
      usedDown: Math.ceil(Math.ceil((height * vertical) / maxVertical) / 8),
      coefficients: new Int16Array(64 * blocksAcross * down * vertical),
      quantizationTable: undefined,
    };
  });
  return { planes, across, down };
}

/** B.2.4.1; values stay in zigzag order. */
function readQuantization(content: Uint8Array, tables: (Uint16Array | undefined)[]): void {
  for (let position = 0; position < content.length;) {
    const isWide = content[position]! >> 4 === 1;
    const slot = content[position]! & 15;
    const length = isWide ? 128 : 64;
    if (slot > 3 || position + 1 + length > content.length) throw new CannotDecode("a quantization table is broken");
    const start = position + 1;
    tables[slot] = Uint16Array.from({ length: 64 }, (_, index) =>
      isWide ? (content[start + 2 * index]! << 8) | content[start + 2 * index + 1]! : content[start + index]!,
    );
    position = start + length;
  }
}

interface ScanHeader extends Omit<ScanState, "reader" | "skip"> {
  planes: Plane[];
  dcTables: (HuffmanTable | undefined)[];
  acTables: (HuffmanTable | undefined)[];
  isProgressive: boolean;
}

/** B.2.3, G.1.1.1. */
function readScanHeader(
  content: Uint8Array,
  all: Plane[],
  huffman: (HuffmanTable | undefined)[],
  isProgressive: boolean,
): ScanHeader {
  const count = content[0] ?? 0;
  if (count < 1 || count > 4 || content.length < 4 + 2 * count) throw new CannotDecode("a JPEG scan header is broken");
  const planes: Plane[] = [];
  const dcTables: (HuffmanTable | undefined)[] = [];
  const acTables: (HuffmanTable | undefined)[] = [];
  for (let index = 0; index < count; index++) {
    const plane = all.find(({ id }) => id === content[1 + 2 * index]);
    if (plane === undefined || planes.includes(plane))
      throw new CannotDecode("a JPEG scan names a channel that is missing");
    const slots = content[2 + 2 * index]!;
    planes.push(plane);
    dcTables.push(huffman[slots >> 4]);
    acTables.push(huffman[4 + (slots & 15)]);
  }
  const at = 1 + 2 * count;
  const [start, end] = isProgressive ? [content[at]!, content[at + 1]!] : [0, 63];
  const high = isProgressive ? content[at + 2]! >> 4 : 0;
  const low = isProgressive ? content[at + 2]! & 15 : 0;
  if (start > end || end > 63 || low > 13 || (isProgressive && (start === 0 ? end !== 0 : count !== 1))) {
    throw new CannotDecode("a JPEG scan has an impossible band of coefficients");
  }
  const needsDc = start === 0 && high === 0;
  const needsAc = end > 0;
  if ((needsDc && dcTables.includes(undefined)) || (needsAc && acTables.includes(undefined))) {
    throw new CannotDecode("a Huffman table of its JPEG codestream is missing");
  }
  return { planes, dcTables, acTables, isProgressive, start, end, high, low };
}

function decodeScan(
  reader: BitReader,
  position: number,
  scan: ScanHeader & { across: number; down: number; restartInterval: number },
): number {
  const { planes, dcTables, acTables, isProgressive, restartInterval, across, down } = scan;
  const { start, end, high, low } = scan;
  reader.start(position);
  const predictions = new Int32Array(planes.length);
  const state: ScanState = { reader, start, end, high, low, skip: 0 };
  const block = (index: number, offset: number): void => {
    const { coefficients } = planes[index]!;
    const tables = { dc: dcTables[index]!, ac: acTables[index]! };
    const decode = isProgressive ? decodeProgressiveBlock : decodeSequentialBlock;
    predictions[index] = decode(state, tables, coefficients, offset, predictions[index]!);
  };
  // A scan of one channel goes by its own blocks, one of several by MCUs. A.2.2, A.2.3.
  const single = planes.length === 1 ? planes[0]! : null;
  const columns = single?.usedAcross ?? across;
  const rows = single?.usedDown ?? down;
  let untilRestart = restartInterval;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (restartInterval > 0 && untilRestart-- === 0) {
        if (reader.isExhausted || !reader.restart()) throw new CannotDecode("a JPEG restart marker is missing");
        predictions.fill(0);
        state.skip = 0;
        untilRestart = restartInterval - 1;
      }
      if (single !== null) {
        block(0, 64 * (row * single.blocksAcross + column));
        continue;
      }
      for (let index = 0; index < planes.length; index++) {
        const { horizontal, vertical, blocksAcross } = planes[index]!;
        for (let y = 0; y < vertical; y++) {
          for (let x = 0; x < horizontal; x++) {
            block(index, 64 * ((row * vertical + y) * blocksAcross + column * horizontal + x));
          }
        }
      }
    }
    if (reader.isExhausted) throw new CannotDecode("its entropy-coded data is cut off");
  }
  return reader.end;
}

/** Dequantization, inverse DCT, level shift (A.3.1); fewer samples of a channel are repeated to the full size. */
function reconstruct(planes: Plane[], { width, height, precision, components }: JpegHeader): Uint8Array | Uint16Array {
  const channels = components.length;
  const length = width * height * channels;
  const cells = precision === 8 ? new Uint8Array(length) : new Uint16Array(length);
  const maxHorizontal = Math.max(...components.map(({ horizontal }) => horizontal));
  const maxVertical = Math.max(...components.map(({ vertical }) => vertical));
  planes.forEach((plane, channel) => {
    const { horizontal, vertical, usedAcross, usedDown } = plane;
    if (horizontal === maxHorizontal && vertical === maxVertical) {
      writeBlocks(plane, precision, { cells, first: channel, step: channels, width, height });
      return;
    }
    const [across, down] = [8 * usedAcross, 8 * usedDown];
    const samples = new Uint16Array(across * down);
    writeBlocks(plane, precision, { cells: samples, first: 0, step: 1, width: across, height: down });
    const columns = Uint16Array.from({ length: width }, (_, x) => Math.floor((x * horizontal) / maxHorizontal));
    for (let y = 0, at = channel; y < height; y++) {
      const line = Math.floor((y * vertical) / maxVertical) * across;
      for (let x = 0; x < width; x++, at += channels) cells[at] = samples[line + columns[x]!]!;
    }
  });
  return cells;
}

/** Where the samples of a channel go: `step` cells from one to the next, no gap between lines. */
interface Target {
  cells: Uint8Array | Uint16Array;
  first: number;
  step: number;
  width: number;
  height: number;
}

function writeBlocks(
  { usedAcross, usedDown, blocksAcross, coefficients, quantizationTable }: Plane,
  precision: number,
  { cells, first, step, width, height }: Target,
): void {
  const top = 2 ** precision - 1;
  // Half a step more: cutting off the fraction rounds.
  const middle = 2 ** (precision - 1) + 0.5;
  const scales = dequantizers(quantizationTable!);
  const work = new Float64Array(64);
  for (let row = 0; row < usedDown; row++) {
    const lines = Math.min(8, height - 8 * row);
    for (let column = 0; column < usedAcross; column++) {
      const offset = 64 * (row * blocksAcross + column);
      for (let index = 0; index < 64; index++) work[zigzag[index]!] = coefficients[offset + index]! * scales[index]!;
      inverseDct(work, work);
      const samples = Math.min(8, width - 8 * column);
      for (let y = 0; y < lines; y++) {
        let at = first + step * ((8 * row + y) * width + 8 * column);
        for (let x = 0; x < samples; x++, at += step) {
          const sample = (work[8 * y + x]! + middle) | 0;
          cells[at] = sample < 0 ? 0 : sample > top ? top : sample;
        }
      }
    }
  }
}
