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

/**
 * Bits of the scans of one codestream, most significant first. `start` goes to a scan, `restart` past the next RSTn. After the marker
 * that ends such a stretch come bits without meaning, which `isExhausted` tells.
 */
export class BitReader {
  readonly #bytes: Uint8Array;
  /** The stretch up to the next marker: FF00 is FF (F.1.2.3). */
  readonly #stretch: Uint8Array;
  #length = 0;
  #end = 0;
  #position = 0;
  /** At most 31 bits that are read next, in the lowest bits of a number. */
  #buffer = 0;
  #count = 0;

  constructor(codestream: Uint8Array) {
    this.#bytes = codestream;
    this.#stretch = new Uint8Array(codestream.length);
  }

  start(position: number): void {
    const bytes = this.#bytes;
    const stretch = this.#stretch;
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
    this.#length = length;
    this.#end = at;
    this.#position = 0;
    this.#buffer = 0;
    this.#count = 0;
  }

  /** Where the next marker is looked for. */
  get end(): number {
    return this.#end;
  }

  /** True when more bits were taken than there are: check it now and then. */
  get isExhausted(): boolean {
    return 8 * this.#position - this.#count > 8 * this.#length;
  }

  /** Makes the bits in the buffer 16 at least. */
  #fill(): void {
    const at = this.#position;
    // Past the end of the array comes undefined, which counts as 0.
    this.#buffer = (this.#buffer << 16) | (this.#stretch[at]! << 8) | this.#stretch[at + 1]!;
    this.#position = at + 2;
    this.#count += 16;
  }

  /** The next symbol of `table`. F.2.2.3. */
  symbol({ codes }: HuffmanTable): number {
    if (this.#count < 16) this.#fill();
    const entry = codes[(this.#buffer >>> (this.#count - 16)) & 0xffff]!;
    if (entry === 0) throw new CannotDecode("its entropy-coded data holds a code of no Huffman table");
    this.#count -= entry >>> 8;
    return entry & 0xff;
  }

  /** `length` bits (0 to 16) as an unsigned number. */
  bits(length: number): number {
    if (this.#count < length) this.#fill();
    this.#count -= length;
    return (this.#buffer >>> this.#count) & ((1 << length) - 1);
  }

  /** `size` bits (0 to 15) as a difference. */
  difference(size: number): number {
    return extend(this.bits(size), size);
  }

  /** The two loops below hold these in local variables: half the time. */
  #keep(position: number, buffer: number, count: number): void {
    this.#position = position;
    this.#buffer = buffer;
    this.#count = count;
  }

  /** A size and the difference of that size; 16 stands for 32768 without further bits. F.2.2.1, H.1.2.2. */
  #sizedDifference(table: HuffmanTable): number {
    const size = this.symbol(table);
    if (size > 16) throw new CannotDecode("a JPEG difference has more than 16 bits");
    return size === 16 ? 32_768 : this.difference(size);
  }

  /** Fills `target` with differences whose codes are of `tables` in turn: those of a line of a lossless scan. */
  differences(tables: readonly HuffmanTable[], target: Int32Array): void {
    const stretch = this.#stretch;
    const lookUps = tables.map(({ values }) => values);
    let position = this.#position;
    let buffer = this.#buffer;
    let count = this.#count;
    for (let index = 0, turn = 0; index < target.length; index++) {
      if (count < 16) {
        buffer = (buffer << 16) | (stretch[position]! << 8) | stretch[position + 1]!;
        position += 2;
        count += 16;
      }
      const entry = lookUps[turn]![(buffer >>> (count - SHORT)) & ((1 << SHORT) - 1)]!;
      if (entry !== 0) {
        count -= entry & 31;
        target[index] = entry >> 12;
      } else {
        this.#keep(position, buffer, count);
        target[index] = this.#sizedDifference(tables[turn]!);
        position = this.#position;
        buffer = this.#buffer;
        count = this.#count;
      }
      if (++turn === lookUps.length) turn = 0;
    }
    this.#keep(position, buffer, count);
  }

  /** The 63 AC coefficients of a sequential block, zigzag order, `target[first]` on; zeros are not written. F.2.2.2. */
  acCoefficients(table: HuffmanTable, target: Int16Array, first: number): void {
    const stretch = this.#stretch;
    const { values } = table;
    let position = this.#position;
    let buffer = this.#buffer;
    let count = this.#count;
    for (let index = 0; index < 63; index++) {
      if (count < 16) {
        buffer = (buffer << 16) | (stretch[position]! << 8) | stretch[position + 1]!;
        position += 2;
        count += 16;
      }
      const entry = values[(buffer >>> (count - SHORT)) & ((1 << SHORT) - 1)]!;
      if (entry !== 0) {
        count -= entry & 31;
        const value = entry >> 12;
        if (value === 0) break; // end of block
        index += (entry >> 5) & 15;
        if (index > 62) throw new CannotDecode("a block has more than 64 coefficients");
        target[first + index] = value;
        continue;
      }
      this.#keep(position, buffer, count);
      const symbol = this.symbol(table);
      const size = symbol & 15;
      const run = symbol >> 4;
      const value = this.difference(size);
      position = this.#position;
      buffer = this.#buffer;
      count = this.#count;
      if (size === 0 && run < 15) break; // end of block
      index += run;
      if (size === 0) continue;
      if (index > 62) throw new CannotDecode("a block has more than 64 coefficients");
      target[first + index] = value;
    }
    this.#keep(position, buffer, count);
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
