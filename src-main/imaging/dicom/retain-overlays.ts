/**
 * @file Overlay planes that a person chose to keep: their bits and what places them, PS3.3 C.9.2. Labels, descriptions, comments and
 * areas' statistics are left out.
 */
import type { DataSet } from "dicom-parser";
import { decimals, type Tag, text, unsigned } from "./attributes.ts";
import { copiedNumbers, copiedWords } from "./element-bytes.ts";
import { embeddedBits, isEmbedded, type OverlayPlane, type ReadCells } from "./overlays.ts";
import type { WrittenElement } from "./write.ts";

/** Overlay planes have the even groups 6000 to 601E. PS3.5 7.6. */
const groups = Array.from({ length: 16 }, (_, index) => (0x6000 + 2 * index).toString(16));

/** The planes that have bits of their own. */
export function overlayElements(dataSet: DataSet): WrittenElement[] {
  return groups.flatMap((group) => planeElements(dataSet, group));
}

/** The planes in unused bits of the pixels (retired), with bits of their own: pixels are stored without those. */
export function embeddedElements(planes: readonly OverlayPlane[], readCells: ReadCells): WrittenElement[] {
  return planes.filter(isEmbedded).flatMap((plane): WrittenElement[] => {
    const tagOf = (element: number): number => plane.group * 0x10000 + element;
    const { width, height, left, top, frameCount } = plane;
    const origin = new Uint8Array(Int16Array.of(top + 1, left + 1).buffer);
    return [
      { tag: tagOf(0x0010), vr: "US", value: height },
      { tag: tagOf(0x0011), vr: "US", value: width },
      ...(frameCount > 1 ? [{ tag: tagOf(0x0015), vr: "IS", value: String(frameCount) } as const] : []),
      { tag: tagOf(0x0040), vr: "CS", value: "G" },
      { tag: tagOf(0x0050), vr: "SS", value: origin },
      { tag: tagOf(0x0100), vr: "US", value: 1 },
      { tag: tagOf(0x0102), vr: "US", value: 0 },
      { tag: tagOf(0x3000), vr: "OW", value: embeddedBits(plane, readCells) },
    ];
  });
}

function planeElements(dataSet: DataSet, group: string): WrittenElement[] {
  const key = (element: string): Tag => `x${group}${element}`;
  const tagOf = (element: string): number => Number.parseInt(group + element, 16);
  const [rows, columns] = [unsigned(dataSet, key("0010")), unsigned(dataSet, key("0011"))];
  const bits = copiedWords(dataSet, key("3000"));
  if (rows === null || columns === null || bits === null) return [];
  const frames = decimals(dataSet, key("0015"))?.[0] ?? 1;
  const needed = Math.ceil((rows * columns * frames) / 8);
  if (!Number.isInteger(frames) || frames < 1 || needed < 1 || bits.length < needed) return [];
  const kind = text(dataSet, key("0040"));
  const origin = copiedNumbers(dataSet, key("0050"), "SS", 2);
  const first = unsigned(dataSet, key("0051"));
  // Bytes and bits after the last pixel of the plane may be anything.
  const plane = bits.slice(0, needed + (needed % 2));
  plane.fill(0, needed);
  const last = (rows * columns * frames) % 8;
  if (last > 0) plane[needed - 1]! &= (1 << last) - 1;
  return [
    { tag: tagOf("0010"), vr: "US", value: rows },
    { tag: tagOf("0011"), vr: "US", value: columns },
    ...(frames > 1 ? [{ tag: tagOf("0015"), vr: "IS", value: String(frames) } as const] : []),
    { tag: tagOf("0040"), vr: "CS", value: kind === "R" ? "R" : "G" },
    ...(origin?.length === 4 ? [{ tag: tagOf("0050"), vr: "SS", value: origin } as const] : []),
    ...(first === null ? [] : [{ tag: tagOf("0051"), vr: "US", value: first } as const]),
    { tag: tagOf("0100"), vr: "US", value: 1 },
    { tag: tagOf("0102"), vr: "US", value: 0 },
    { tag: tagOf("3000"), vr: "OW", value: plane },
  ];
}
