/**
 * @file How a file proposes to show its values: windows and VOI LUTs. DICOM PS3.3 C.11.2.
 */
import type { DataSet } from "dicom-parser";
import type { DisplayWindow, TableWindow, VoiFunction, WindowPreset } from "../../voxels/index.ts";
import { decimals, type Tag, text } from "./attributes.ts";
import { readLut } from "./lut.ts";
import { cleanDescription } from "./technical-words.ts";
import type { WrittenElement } from "./write.ts";

const VOI_LUT_SEQUENCE: Tag = "x00283010";

/** PS3.3 C.11.2.1.3; what is none of them is none that we can compute. */
const functions: readonly VoiFunction[] = ["LINEAR", "LINEAR_EXACT", "SIGMOID"];

/**
 * All that the data set proposes, tables before windows, each in its order: a file with both leaves the choice to the reader (C.11.2),
 * and its maker's own curve says more than a ramp. `isSigned`: whether the values that a table maps are.
 */
export function readWindows(dataSet: DataSet, isSigned: boolean): WindowPreset[] {
  const centers = decimals(dataSet, "x00281050") ?? [];
  const widths = decimals(dataSet, "x00281051") ?? [];
  const name = functionOf(dataSet);
  const explanations = parts(dataSet, "x00281055");
  const windows = centers.slice(0, widths.length).flatMap((center, index): WindowPreset[] => {
    const width = widths[index]!;
    // C.11.2.1.2: at least 1 under LINEAR; C.11.2.1.3: more than 0 else.
    if (name === undefined || (name === "LINEAR" ? width < 1 : width <= 0)) return [];
    const window: DisplayWindow = { ...(name === "LINEAR" ? {} : { function: name }), center, width };
    return [explained(window, explanations[index])];
  });
  return [...readTables(dataSet, isSigned), ...windows];
}

function functionOf(dataSet: DataSet): VoiFunction | undefined {
  const name = text(dataSet, "x00281056") ?? "LINEAR";
  return functions.find((known) => known === name);
}

/** Whether the windows of the data set are of a function of the standard, named or by default. */
export function hasKnownFunction(dataSet: DataSet): boolean {
  return functionOf(dataSet) !== undefined;
}

/** Every sound table of the VOI LUT Sequence. */
function readTables(dataSet: DataSet, isSigned: boolean): (TableWindow & { explanation?: string })[] {
  return (dataSet.elements[VOI_LUT_SEQUENCE]?.items ?? []).flatMap(({ dataSet: item }) => {
    const table = item === undefined ? null : readLut(item, "x00283002", "x00283006", isSigned);
    if (table === null || item === undefined) return [];
    const { first, entries } = table;
    return [explained({ table: { first, bits: bitsOf(table), entries } }, text(item, "x00283003") ?? undefined)];
  });
}

/** As the descriptor says, but at least what the entries need, and 8 (C.11.2.1.1): some writers say less. */
function bitsOf({ bits, entries }: { bits: number; entries: Uint16Array }): number {
  let largest = 0;
  for (const entry of entries) if (entry > largest) largest = entry;
  return Math.max(8, bits, 32 - Math.clz32(largest));
}

function explained<W extends DisplayWindow>(window: W, explanation: string | undefined): W & { explanation?: string } {
  return explanation ? { ...window, explanation } : window;
}

function parts(dataSet: DataSet, tag: Tag): string[] {
  return (text(dataSet, tag) ?? "").split("\\").map((part) => part.trim());
}

/** The VOI LUT Sequence as it is read; of its explanations, which are free text, known technical words. */
export function voiLutElements(dataSet: DataSet, isSigned: boolean): WrittenElement[] {
  const items = readTables(dataSet, isSigned).map(({ table: { first, bits, entries }, explanation }) => {
    const words = cleanDescription(explanation ?? "");
    const item: WrittenElement[] = [
      { tag: 0x00283002, vr: "US", value: bytesOf(Uint16Array.of(entries.length & 0xffff, first & 0xffff, bits)) },
      { tag: 0x00283006, vr: "OW", value: bytesOf(entries) },
    ];
    return words === "" ? item : [...item, { tag: 0x00283003, vr: "LO", value: words } as const];
  });
  return items.length === 0 ? [] : [{ tag: 0x00283010, vr: "SQ", value: items }];
}

function bytesOf(values: Uint16Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
