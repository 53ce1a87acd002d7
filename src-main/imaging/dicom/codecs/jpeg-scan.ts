/**
 * @file One block of a DCT scan: sequential (ITU-T T.81 F.2.2) and the four progressive passes (G.1.2, G.2).
 */
import { CannotDecode } from "./codec.ts";
import type { BitReader, HuffmanTable } from "./huffman.ts";

export interface ScanState {
  reader: BitReader;
  /** Ss and Se: first and last coefficient of the band, in zigzag order. */
  start: number;
  end: number;
  /** Ah and Al: bits known before and after this scan. */
  high: number;
  low: number;
  /** Blocks of an end-of-band run that are still to come. G.1.2.2. */
  skip: number;
}

export interface BlockTables {
  dc: HuffmanTable;
  ac: HuffmanTable;
}

/** Reads all 64 coefficients from `offset` on; returns the new DC prediction. */
export function decodeSequentialBlock(
  { reader }: ScanState,
  { dc, ac }: BlockTables,
  coefficients: Int16Array,
  offset: number,
  prediction: number,
): number {
  const value = prediction + reader.difference(categoryOf(reader.symbol(dc)));
  coefficients[offset] = value;
  reader.acCoefficients(ac, coefficients, offset + 1);
  return value;
}

/** Adds what this scan knows of a block; returns the new DC prediction. */
export function decodeProgressiveBlock(
  state: ScanState,
  tables: BlockTables,
  coefficients: Int16Array,
  offset: number,
  prediction: number,
): number {
  const { reader, start, high, low } = state;
  if (start > 0) {
    if (high === 0) firstAc(state, tables.ac, coefficients, offset);
    else refineAc(state, tables.ac, coefficients, offset);
    return prediction;
  }
  if (high > 0) {
    if (reader.bits(1) === 1) coefficients[offset] = coefficients[offset]! | (1 << low);
    return prediction;
  }
  const value = prediction + reader.difference(categoryOf(reader.symbol(tables.dc)));
  coefficients[offset] = value << low;
  return value;
}

/** 12-bit DC differences have up to 15 bits. Table F.6. */
function categoryOf(symbol: number): number {
  if (symbol > 15) throw new CannotDecode("a DC difference has more than 15 bits");
  return symbol;
}

function firstAc(state: ScanState, table: HuffmanTable, coefficients: Int16Array, offset: number): void {
  if (state.skip > 0) {
    state.skip--;
    return;
  }
  const { reader, end, low } = state;
  for (let index = state.start; index <= end; index++) {
    const symbol = reader.symbol(table);
    const size = symbol & 15;
    const run = symbol >> 4;
    if (size === 0) {
      if (run < 15) {
        state.skip = (1 << run) - 1 + (run > 0 ? reader.bits(run) : 0);
        return;
      }
      index += 15;
      continue;
    }
    index += run;
    if (index > end) throw new CannotDecode("a block has coefficients outside the band of its scan");
    coefficients[offset + index] = reader.difference(size) * (1 << low);
  }
}

/** G.1.2.3: coefficients that are not zero get one more bit in passing; new ones have the size of that bit. */
function refineAc(state: ScanState, table: HuffmanTable, coefficients: Int16Array, offset: number): void {
  const { reader, end, low } = state;
  const bit = 1 << low;
  let index = state.start;
  const refine = (at: number): void => {
    const value = coefficients[at]!;
    if (reader.bits(1) === 1 && (value & bit) === 0) coefficients[at] = value > 0 ? value + bit : value - bit;
  };
  if (state.skip === 0) {
    for (; index <= end; index++) {
      const symbol = reader.symbol(table);
      let run = symbol >> 4;
      const size = symbol & 15;
      let fresh = 0;
      if (size === 0) {
        if (run < 15) {
          state.skip = (1 << run) + (run > 0 ? reader.bits(run) : 0);
          break;
        }
      } else if (size === 1) fresh = reader.bits(1) === 1 ? bit : -bit;
      else throw new CannotDecode("a refining scan brings a coefficient of more than one bit");
      for (; index <= end; index++) {
        const at = offset + index;
        if (coefficients[at] !== 0) refine(at);
        else if (run-- === 0) {
          if (fresh !== 0) coefficients[at] = fresh;
          break;
        }
      }
      if (index > end && fresh !== 0 && run >= 0) {
        throw new CannotDecode("a block has coefficients outside the band of its scan");
      }
    }
  }
  if (state.skip > 0) {
    for (; index <= end; index++) if (coefficients[offset + index] !== 0) refine(offset + index);
    state.skip--;
  }
}
