/**
 * @file Whether every entropy-coded byte of a JPEG codes pixels. Decoders stop after the last block, so bytes behind it, and scans behind
 * the last one that is needed, are shown by none of them and can hold anything. ITU-T T.81 A.2, F.2.2.
 */
import { CannotDecode } from "./codec.ts";
import { BitReader, type HuffmanTable, readHuffmanTables } from "./huffman.ts";
import { type JpegComponent, nextSegment, readJpegHeader, SOF } from "./jpeg-header.ts";
import { decodeSequentialBlock, type ScanState } from "./jpeg-scan.ts";

interface ScanChannel extends JpegComponent {
  dc: HuffmanTable;
  ac: HuffmanTable;
}

/**
 * True when the codestream is sequential and its only scan, of all channels, ends right before EOI with the last block. False for all
 * others: those that are broken, and those of several scans, which are not looked into.
 */
export function isCoveredByPixels(codestream: Uint8Array): boolean {
  try {
    return endsWithLastBlock(codestream);
  } catch (error) {
    if (error instanceof CannotDecode) return false;
    throw error;
  }
}

function endsWithLastBlock(codestream: Uint8Array): boolean {
  const { process, width, height, components } = readJpegHeader(codestream);
  if (process !== SOF.baseline && process !== SOF.extended) return false;
  const tables: (HuffmanTable | undefined)[] = [];
  let restartInterval = 0;
  for (let position = 2; ;) {
    const segment = nextSegment(codestream, position);
    if (segment === null) return false;
    const { marker, content } = segment;
    position = segment.end;
    if (marker === 0xc4) readHuffmanTables(content, tables);
    else if (marker === 0xdd) restartInterval = ((content[0] ?? 0) << 8) | (content[1] ?? 0);
    else if (marker === 0xda) {
      const channels = channelsOf(content, components, tables);
      if (channels === null) return false;
      const end = endOfBlocks(new BitReader(codestream), position, {
        channels,
        restartInterval,
        units: countUnits({ width, height, components }),
      });
      return end !== null && end + 2 === codestream.length && codestream[end] === 0xff && codestream[end + 1] === 0xd9;
    }
  }
}

/** The channels of a scan with their tables; null unless all are in it, in the order of the frame. B.2.3. */
function channelsOf(
  content: Uint8Array,
  components: readonly JpegComponent[],
  tables: readonly (HuffmanTable | undefined)[],
): ScanChannel[] | null {
  if (content[0] !== components.length || content.length !== 4 + 2 * components.length) return null;
  const channels: ScanChannel[] = [];
  for (const [index, component] of components.entries()) {
    const slots = content[2 + 2 * index]!;
    const [dc, ac] = [tables[slots >> 4], tables[4 + (slots & 15)]];
    if (content[1 + 2 * index] !== component.id || dc === undefined || ac === undefined) return null;
    channels.push({ ...component, dc, ac });
  }
  return channels;
}

/** MCUs of a scan of all channels; a single channel goes by blocks. A.2.2, A.2.4. */
function countUnits({
  width,
  height,
  components,
}: {
  width: number;
  height: number;
  components: readonly JpegComponent[];
}): number {
  const isSingle = components.length === 1;
  const across = isSingle ? 1 : Math.max(...components.map(({ horizontal }) => horizontal));
  const down = isSingle ? 1 : Math.max(...components.map(({ vertical }) => vertical));
  return Math.ceil(width / (8 * across)) * Math.ceil(height / (8 * down));
}

/** Position of the marker after the last block; null where bytes lie unread before it or before a restart. */
function endOfBlocks(
  reader: BitReader,
  position: number,
  { channels, restartInterval, units }: { channels: ScanChannel[]; restartInterval: number; units: number },
): number | null {
  const state: ScanState = { reader, start: 0, end: 63, high: 0, low: 0, skip: 0 };
  const block = new Int16Array(64);
  const isSingle = channels.length === 1;
  reader.start(position);
  for (let unit = 0; unit < units; unit++) {
    if (restartInterval > 0 && unit > 0 && unit % restartInterval === 0) {
      if (reader.unreadBytes > 0) return null;
      if (reader.isExhausted || !reader.restart()) throw new CannotDecode("a JPEG restart marker is missing");
    }
    for (const channel of channels) {
      const blocks = isSingle ? 1 : channel.horizontal * channel.vertical;
      for (let index = 0; index < blocks; index++) decodeSequentialBlock(state, channel, block, 0, 0);
    }
    if (reader.isExhausted) throw new CannotDecode("its entropy-coded data is cut off");
  }
  return reader.unreadBytes > 0 ? null : reader.end;
}
