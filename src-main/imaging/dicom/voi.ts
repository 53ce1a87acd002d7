/**
 * @file How a file proposes to show its values: windows and VOI LUT. DICOM PS3.3 C.11.2.
 */
import type { DataSet } from "dicom-parser";
import { type DisplayWindow, windowOfRange } from "../../voxels/index.ts";
import { decimals, firstItem, type Tag, text } from "./attributes.ts";
import { type LookUpTable, readLut } from "./lut.ts";
import type { WrittenElement } from "./write.ts";

const VOI_LUT_SEQUENCE: Tag = "x00283010";

/**
 * Every window of the data set in its order, brought to the linear function of C.11.2.1.2.1; a window of the sigmoid function (C.11.2.1.3.1)
 * keeps center and width: the slope at its center is the same. After them what stands for the VOI LUT, where there is one.
 */
export function readWindows(dataSet: DataSet, isSigned: boolean): DisplayWindow[] {
  const centers = decimals(dataSet, "x00281050") ?? [];
  const widths = decimals(dataSet, "x00281051") ?? [];
  const kind = text(dataSet, "x00281056") ?? "LINEAR";
  const windows = centers.slice(0, widths.length).flatMap((center, index): DisplayWindow[] => {
    const width = widths[index]!;
    if (kind === "LINEAR_EXACT" && width > 0) return [windowOfRange(center - width / 2, center + width / 2)]; // C.11.2.1.3.2
    return (kind === "LINEAR" || kind === "SIGMOID") && width >= 1 ? [{ center, width }] : [];
  });
  const table = readVoiLut(dataSet, isSigned);
  const fitted = table === null ? null : windowOfTable(table);
  return fitted === null ? windows : [...windows, fitted];
}

/** The first table of the VOI LUT Sequence; null when there is none or it is broken. */
function readVoiLut(dataSet: DataSet, isSigned: boolean): LookUpTable | null {
  const item = firstItem(dataSet, VOI_LUT_SEQUENCE);
  return item === null ? null : readLut(item, "x00283002", "x00283006", isSigned);
}

/** From the last value that is shown as the table's first entry to the first that is shown as its largest; null for falling tables. */
function windowOfTable({ first, entries }: LookUpTable): DisplayWindow | null {
  const top = entries.reduce((largest, entry) => Math.max(largest, entry), 0);
  const bottom = entries[0]!;
  const high = entries.indexOf(top);
  let low = 0;
  while (low + 1 < high && entries[low + 1] === bottom) low++;
  return top > bottom ? windowOfRange(first + low, first + high) : null;
}

/** The VOI LUT Sequence as it is read, without its explanation, which is free text. */
export function voiLutElements(dataSet: DataSet, isSigned: boolean): WrittenElement[] {
  const table = readVoiLut(dataSet, isSigned);
  if (table === null) return [];
  const { first, bits, entries } = table;
  const words = (values: Uint16Array): Uint8Array =>
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const item: WrittenElement[] = [
    { tag: 0x00283002, vr: "US", value: words(Uint16Array.of(entries.length & 0xffff, first & 0xffff, bits)) },
    { tag: 0x00283006, vr: "OW", value: words(entries) },
  ];
  return [{ tag: 0x00283010, vr: "SQ", value: [item] }];
}
