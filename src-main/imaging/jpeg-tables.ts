/**
 * @file Quantization and Huffman tables of a JPEG: those that a scan uses are passed on, the others could hold anything.
 * ITU-T T.81 B.2.3, B.2.4.
 */

const DHT = 0xc4;
const DQT = 0xdb;

export class JpegTables {
  /** Read and not yet passed on, with their class and number as first byte. */
  readonly #quantization = new Map<number, Uint8Array>();
  readonly #huffman = new Map<number, Uint8Array>();
  readonly #damaged: () => Error;
  #read = 0;
  #used = 0;

  /** `damaged` makes what is thrown. */
  constructor(damaged: () => Error) {
    this.#damaged = damaged;
  }

  /** Tables that no scan used. */
  get unused(): number {
    return this.#read - this.#used;
  }

  /** B.2.4.1. */
  readQuantization(content: Uint8Array): void {
    for (let at = 0; at < content.length;) {
      at = this.#keep(this.#quantization, content[at]! & 15, content, at, content[at]! >> 4 === 0 ? 65 : 129);
    }
  }

  /** B.2.4.2. */
  readHuffman(content: Uint8Array): void {
    for (let at = 0; at < content.length;) {
      const codes = content.subarray(at + 1, at + 17).reduce((sum, count) => sum + count, 0);
      at = this.#keep(this.#huffman, content[at]! & 31, content, at, 17 + codes);
    }
  }

  /** Returns the place after the table. */
  #keep(tables: Map<number, Uint8Array>, number: number, content: Uint8Array, at: number, length: number): number {
    if (at + length > content.length) throw this.#damaged();
    tables.set(number, content.subarray(at, at + length));
    this.#read++;
    return at + length;
  }

  /** The segments that the scan needs and that no earlier one had; `scan` and `frame` are the contents of their headers. */
  neededBy(scan: Uint8Array, { frame, isProgressive }: { frame: Uint8Array; isProgressive: boolean }): Uint8Array[] {
    const count = scan[0] ?? 0;
    if (count < 1 || scan.length !== 4 + 2 * count) throw this.#damaged();
    const [first, last, approximation] = [scan.at(-3)!, scan.at(-2)!, scan.at(-1)!];
    // Progressive scans use one kind, or none where they refine. G.1.2.
    const needsDc = !isProgressive || (first === 0 && approximation >> 4 === 0);
    const needsAc = !isProgressive || last > 0;
    const segments: Uint8Array[] = [];
    for (let index = 0; index < count; index++) {
      const [id, slots] = [scan[1 + 2 * index]!, scan[2 + 2 * index]!];
      for (let at = 6; at + 2 < frame.length; at += 3) {
        if (frame[at] === id) this.#take(segments, DQT, this.#quantization, frame[at + 2]!);
      }
      if (needsDc) this.#take(segments, DHT, this.#huffman, slots >> 4);
      if (needsAc) this.#take(segments, DHT, this.#huffman, 16 + (slots & 15));
    }
    return segments;
  }

  #take(segments: Uint8Array[], marker: number, tables: Map<number, Uint8Array>, number: number): void {
    const table = tables.get(number);
    if (table === undefined) return;
    tables.delete(number);
    this.#used++;
    const length = table.length + 2;
    segments.push(Uint8Array.of(0xff, marker, length >> 8, length & 255), table);
  }
}
