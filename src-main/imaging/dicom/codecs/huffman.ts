/**
 * @file Huffman tables and entropy-coded bits of JPEG. ITU-T T.81 annexes C and F.2.2.
 */
import { CannotDecode } from "./codec.ts";

export interface HuffmanTable {
  /** For each look-ahead of 16 bits: code length * 256 + symbol; 0 where no code begins so. */
  codes: Uint16Array;
  /**
   * For each look-ahead of `SHORT` bits that hold a code and the bits that belong to it: value * 4096 + run * 32 + bits taken; 0 where
   * they are more, and where the code stands for no value. Nearly all symbols of an image are found here in one look.
   */
  values: Int32Array;
}

/** 16 KiB a table: two or three stay in the nearest cache. */
const SHORT = 12;

/** Reads the tables of one DHT segment (B.2.4.2) into `tables`: DC 0 to 3, then AC 0 to 3. */
export function readHuffmanTables(content: Uint8Array, tables: (HuffmanTable | undefined)[]): void {
  let position = 0;
  while (position < content.length) {
    const kind = content[position]! >> 4;
    const slot = content[position]! & 15;
    if (kind > 1 || slot > 3 || position + 17 > content.length) throw new CannotDecode("a Huffman table is broken");
    const counts = content.subarray(position + 1, position + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    position += 17;
    if (total > 256 || position + total > content.length) throw new CannotDecode("a Huffman table is broken");
    const codes = listCodes(counts, content.subarray(position, position + total));
    tables[4 * kind + slot] = { codes, values: listValues(codes, kind === 1) };
    position += total;
  }
}

/** C.2: codes of one length are consecutive, the first follows from the last shorter one. */
function listCodes(counts: Uint8Array, symbols: Uint8Array): Uint16Array {
  const table = new Uint16Array(65_536);
  let code = 0;
  let next = 0;
  for (let length = 1; length <= 16; length++) {
    for (let index = 0; index < counts[length - 1]!; index++, code++) {
      const first = code << (16 - length);
      const last = (code + 1) << (16 - length);
      if (last > 65_536) throw new CannotDecode("a Huffman table has more codes than fit");
      table.fill((length << 8) | symbols[next++]!, first, last);
    }
    code <<= 1;
  }
  return table;
}

/** Symbols are sizes (DC, lossless) or a run of zeros and a size (AC). F.1.2.1, F.1.2.2, H.1.2.2. */
function listValues(codes: Uint16Array, isAc: boolean): Int32Array {
  const values = new Int32Array(1 << SHORT);
  for (let look = 0; look < values.length; look++) {
    const code = codes[look << (16 - SHORT)]!;
    const symbol = code & 0xff;
    const size = symbol & 15;
    const taken = (code >>> 8) + size;
    const isEndOfBlock = symbol === 0;
    if (code === 0 || taken > SHORT || (isAc ? size === 0 && !isEndOfBlock : symbol > 15)) continue;
    const bits = (look >> (SHORT - taken)) & ((1 << size) - 1);
    values[look] = (extend(bits, size) << 12) | ((symbol >> 4) << 5) | taken;
  }
  return values;
}

/** EXTEND of F.2.2.1. */
function extend(bits: number, size: number): number {
  return size > 0 && bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}

/** Readable past the end of a stretch, so that a look of 32 bits needs no check: those taken last end at most 4 bytes on. */
const MARGIN = 8;
/** Positions are bits in 32-bit numbers. */
const MAX_STRETCH = 2 ** 28;

/**
 * Bits of the scans of one codestream, most significant first. `start` goes to a scan, `restart` past the next RSTn. After the marker
 * that ends such a stretch come zeros, which `isExhausted` tells.
 */
export class BitReader {
  readonly #bytes: Uint8Array;
  /** The stretch up to the next marker: FF00 is FF (F.1.2.3). */
  readonly #stretch: DataView;
  /** Bits of the stretch. */
  #length = 0;
  #end = 0;
  /** Of the bit that is read next; stays at the end of the stretch, or little beyond. */
  #position = 0;

  constructor(codestream: Uint8Array) {
    if (codestream.length > MAX_STRETCH) throw new CannotDecode("one of its JPEG images has more than 256 MiB");
    this.#bytes = codestream;
    this.#stretch = new DataView(new ArrayBuffer(codestream.length + MARGIN));
  }

  start(position: number): void {
    const bytes = this.#bytes;
    const stretch = new Uint8Array(this.#stretch.buffer);
    let length = 0;
    let at = position;
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === 0xff && bytes[++at] !== 0) {
        at--;
        break;
      }
      stretch[length++] = byte;
    }
    stretch.fill(0, length, length + MARGIN);
    this.#length = 8 * length;
    this.#end = at;
    this.#position = 0;
  }

  /** Where the next marker is looked for. */
  get end(): number {
    return this.#end;
  }

  /** True when more bits were taken than there are: check it now and then. */
  get isExhausted(): boolean {
    return this.#position > this.#length;
  }

  /** Whole bytes of the stretch of which no bit was taken. */
  get unreadBytes(): number {
    return Math.max(0, (this.#length - this.#position) >> 3);
  }

  /** Past the end are zeros, of which a few are enough. */
  #advance(bits: number): void {
    this.#position = Math.min(this.#position + bits, this.#length + 1);
  }

  /** The next symbol of `table`. F.2.2.3. */
  symbol({ codes }: HuffmanTable): number {
    const position = this.#position;
    const entry = codes[(this.#stretch.getInt32(position >>> 3) << (position & 7)) >>> 16]!;
    if (entry === 0) throw new CannotDecode("its entropy-coded data holds a code of no Huffman table");
    this.#advance(entry >>> 8);
    return entry & 0xff;
  }

  /** `length` bits (0 to 16) as an unsigned number. */
  bits(length: number): number {
    const position = this.#position;
    const look = (this.#stretch.getInt32(position >>> 3) << (position & 7)) >>> 16;
    this.#advance(length);
    return look >>> (16 - length);
  }

  /** `size` bits (0 to 15) as a difference. */
  difference(size: number): number {
    return extend(this.bits(size), size);
  }

  /** A size and the difference of that size; 16 stands for 32768 without further bits. F.2.2.1, H.1.2.2. */
  #sizedDifference(table: HuffmanTable): number {
    const size = this.symbol(table);
    if (size > 16) throw new CannotDecode("a JPEG difference has more than 16 bits");
    return size === 16 ? 32_768 : this.difference(size);
  }

  /** Fills `target` with differences whose codes are of `table`: those of a line of a lossless scan. */
  differences(table: HuffmanTable, target: Int32Array): void {
    // In local variables, and without a branch on how many bits are at hand: a third of the time.
    const stretch = this.#stretch;
    const last = this.#length + 1;
    const { values } = table;
    let position = this.#position;
    for (let index = 0; index < target.length; index++) {
      const entry = values[(stretch.getInt32(position >>> 3) << (position & 7)) >>> (32 - SHORT)]!;
      if (entry !== 0) {
        position += entry & 31;
        if (position > last) position = last;
        target[index] = entry >> 12;
      } else {
        this.#position = position;
        target[index] = this.#sizedDifference(table);
        position = this.#position;
      }
    }
    this.#position = position;
  }

  /** As `differences`, the codes of one table after the other: those of channels with tables of their own. */
  differencesInTurn(tables: readonly HuffmanTable[], target: Int32Array): void {
    for (let index = 0; index < target.length; index++) {
      target[index] = this.#sizedDifference(tables[index % tables.length]!);
    }
  }

  /** The 63 AC coefficients of a sequential block, zigzag order, `target[first]` on; zeros are not written. F.2.2.2. */
  acCoefficients(table: HuffmanTable, target: Int16Array, first: number): void {
    const stretch = this.#stretch;
    const last = this.#length + 1;
    const { values } = table;
    let position = this.#position;
    for (let index = 0; index < 63; index++) {
      const entry = values[(stretch.getInt32(position >>> 3) << (position & 7)) >>> (32 - SHORT)]!;
      if (entry !== 0) {
        position = Math.min(position + (entry & 31), last);
        const value = entry >> 12;
        if (value === 0) break; // end of block
        index += (entry >> 5) & 15;
        if (index > 62) throw new CannotDecode("a block has more than 64 coefficients");
        target[first + index] = value;
        continue;
      }
      this.#position = position;
      const symbol = this.symbol(table);
      const size = symbol & 15;
      const run = symbol >> 4;
      const value = this.difference(size);
      position = this.#position;
      if (size === 0 && run < 15) break; // end of block
      index += run;
      if (size === 0) continue;
      if (index > 62) throw new CannotDecode("a block has more than 64 coefficients");
      target[first + index] = value;
    }
    this.#position = position;
  }

  /** Drops the bits before the next marker, takes it if it is RSTn; false when another one or none is there. F.2.2.5 (DNL is not read). */
  restart(): boolean {
    const bytes = this.#bytes;
    let at = this.#end;
    while (at + 1 < bytes.length && !(bytes[at] === 0xff && bytes[at + 1] !== 0x00 && bytes[at + 1] !== 0xff)) at++;
    const marker = bytes[at + 1] ?? 0;
    if (at + 1 >= bytes.length || marker < 0xd0 || marker > 0xd7) return false;
    this.start(at + 2);
    return true;
  }
}
