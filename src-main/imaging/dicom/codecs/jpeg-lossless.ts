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
      position = decodeScan(codestream, position, { ...scan, header, cells, restartInterval });
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
  bytes: Uint8Array,
  start: number,
  {
    channels,
    predictor,
    pointTransform,
    header: { width, height, components, precision },
    cells,
    restartInterval,
  }: Scan & { header: JpegHeader; cells: Uint8Array | Uint16Array; restartInterval: number },
): number {
  const step = components.length;
  const row = width * step;
  const reader = new BitReader(bytes, start);
  const middle = 1 << (precision - pointTransform - 1);
  const mask = precision <= 8 ? 0xff : 0xffff;
  let untilRestart = restartInterval;
  /** First line of the image or of a restart interval: predicted from the left only. H.1.2.1. */
  let isFirstLine = true;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (restartInterval > 0 && untilRestart-- === 0) {
        if (reader.isExhausted || !reader.restart()) throw new CannotDecode("a JPEG restart marker is missing");
        if (x !== 0) throw new CannotDecode("a JPEG restart interval does not end with a line");
        isFirstLine = true;
        untilRestart = restartInterval - 1;
      }
      for (let index = 0; index < channels.length; index++) {
        const { channel, table } = channels[index]!;
        const at = y * row + x * step + channel;
        let predicted: number;
        if (isFirstLine) predicted = x === 0 ? middle : cells[at - step]!;
        else if (x === 0) predicted = cells[at - row]!;
        else {
          const left = cells[at - step]!;
          const above = cells[at - row]!;
          const corner = cells[at - row - step]!;
          // Table H.1.
          if (predictor === 1) predicted = left;
          else if (predictor === 2) predicted = above;
          else if (predictor === 3) predicted = corner;
          else if (predictor === 4) predicted = left + above - corner;
          else if (predictor === 5) predicted = left + ((above - corner) >> 1);
          else if (predictor === 6) predicted = above + ((left - corner) >> 1);
          else predicted = (left + above) >> 1;
        }
        const size = reader.symbol(table);
        if (size > 16) throw new CannotDecode("a JPEG difference has more than 16 bits");
        // 16 stands for 32768 without further bits. H.1.2.2.
        const difference = size === 16 ? 32_768 : reader.difference(size);
        cells[at] = (predicted + difference) & mask;
      }
    }
    isFirstLine = false;
    if (reader.isExhausted) throw new CannotDecode("its entropy-coded data is cut off");
  }
  if (pointTransform > 0) {
    for (const { channel } of channels) {
      for (let at = channel; at < cells.length; at += step) cells[at] = cells[at]! << pointTransform;
    }
  }
  return reader.position;
}
