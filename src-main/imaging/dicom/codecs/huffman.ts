/**
 * @file Huffman tables and entropy-coded bits of JPEG. ITU-T T.81 annexes C and F.2.2.
 */
import { CannotDecode } from "./codec.ts";

/** For each 16-bit look-ahead: code length * 256 + symbol; 0 where no code begins so. */
export type HuffmanTable = Uint16Array;

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
    tables[4 * kind + slot] = buildTable(counts, content.subarray(position, position + total));
    position += total;
  }
}

/** C.2: codes of one length are consecutive, the first follows from the last shorter one. */
function buildTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
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

/** Bits of a scan, most significant first; FF00 is FF (F.1.2.3). Ends at a marker: after it only zeros come, and are noticed. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #position: number;
  #buffer = 0;
  #count = 0;
  /** Bits in the buffer that are not from the file. */
  #padding = 0;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.#position = position;
  }

  /** Where the next marker is looked for. */
  get position(): number {
    return this.#position;
  }

  /** True when more bits were taken than there are: check it now and then. */
  get isExhausted(): boolean {
    return this.#count < this.#padding;
  }

  #fill(): void {
    const bytes = this.#bytes;
    while (this.#count <= 24) {
      let byte = 0;
      if (this.#position >= bytes.length) this.#padding += 8;
      else {
        byte = bytes[this.#position]!;
        if (byte !== 0xff) this.#position++;
        else if (bytes[this.#position + 1] === 0x00) this.#position += 2;
        else {
          byte = 0;
          this.#padding += 8;
        }
      }
      this.#buffer = (this.#buffer << 8) | byte;
      this.#count += 8;
    }
    // Far past the end nothing is left to be gained.
    if (this.#padding > 4096) throw new CannotDecode("its entropy-coded data is cut off");
  }

  /** The next symbol of `table`. F.2.2.3. */
  symbol(table: HuffmanTable): number {
    if (this.#count < 16) this.#fill();
    const entry = table[(this.#buffer >>> (this.#count - 16)) & 0xffff]!;
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

  /** `length` bits as a difference: EXTEND of F.2.2.1. */
  difference(length: number): number {
    if (length === 0) return 0;
    const value = this.bits(length);
    return value < 1 << (length - 1) ? value - (1 << length) + 1 : value;
  }

  /** Drops the bits before the next marker, takes it if it is RSTn; false when another one or none is there. F.2.2.5 (DNL is not read). */
  restart(): boolean {
    this.#buffer = 0;
    this.#count = 0;
    this.#padding = 0;
    const bytes = this.#bytes;
    let at = this.#position;
    while (at + 1 < bytes.length && !(bytes[at] === 0xff && bytes[at + 1] !== 0x00 && bytes[at + 1] !== 0xff)) at++;
    const marker = bytes[at + 1] ?? 0;
    if (at + 1 >= bytes.length || marker < 0xd0 || marker > 0xd7) return false;
    this.#position = at + 2;
    return true;
  }
}
