/**
 * @file Writes DICOM Segmentation instances: binary, one segment per class. PS3.3 A.51 (IOD), C.8.20 (modules and macros),
 * C.7.6.16 (functional groups), C.7.6.17 (dimensions). Holds the patient's
 * pseudonym and UIDs as the caller gives them, and nothing else of the patient.
 */
import { createHash } from "node:crypto";
import {
  dot,
  cross,
  type FrameGeometry,
  type InstanceReference,
  type LabelMap,
  type PixelSpacing,
} from "../../voxels/index.ts";
import { cielabOfColor } from "./cielab.ts";
import { decimals, decimalString } from "./decimals.ts";
import { syntheticMarks } from "./synthetic-marks.ts";
import { writeDicom, type WrittenElement } from "./write.ts";

export const SEGMENTATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.4";

export interface WrittenSegment {
  /** Value in the label maps. */
  value: number;
  name: string;
  color: string;
  /** Who drew it: PS3.3 C.8.20.2.3. */
  algorithm: "MANUAL" | "SEMIAUTOMATIC" | "AUTOMATIC";
  /** Needed unless manual. */
  algorithmName: string | null;
}

export interface WrittenSlice {
  map: LabelMap;
  instance: InstanceReference;
  /** From 1, for frames of a multi-frame image; null for an image of one frame. */
  frameNumber: number | null;
  geometry: FrameGeometry | null;
}

export interface WrittenSegmentation {
  /** In parallel planes, sorted along their normal; all of one size. */
  slices: readonly WrittenSlice[];
  segments: readonly WrittenSegment[];
  spacing: PixelSpacing | null;
  /** ISO 8601; when the newest mask was drawn. */
  createdAt: string;
  softwareVersion: string;
  /** The models that made source images, in words; empty: all were acquired. */
  syntheticBy: readonly string[];
}

type Element = WrittenElement;
const code = (tag: number, value: string, scheme: string, meaning: string): Element => ({
  tag,
  vr: "SQ",
  value: [
    [
      { tag: 0x00080100, vr: "SH", value },
      { tag: 0x00080102, vr: "SH", value: scheme },
      { tag: 0x00080104, vr: "LO", value: meaning },
    ],
  ],
});
const sequence = (tag: number, ...items: Element[][]): Element => ({ tag, vr: "SQ", value: items });

/** The same input gives the same bytes. A slice on which nothing is drawn is one empty frame of the first segment. */
export function writeSegmentation(segmentation: WrittenSegmentation): Uint8Array<ArrayBuffer> {
  const { slices, segments, spacing, createdAt, softwareVersion, syntheticBy } = segmentation;
  const [first] = slices as [WrittenSlice];
  const { width, height } = first.map;
  const isPlaced = first.geometry !== null && spacing !== null;
  const frames = slices.flatMap((slice, index) => {
    const present = segments.filter(({ value }) => slice.map.data.includes(value));
    return (present.length > 0 ? present : [segments[0]!]).map((segment) => ({ slice, index, segment }));
  });
  frames.sort((a, b) => a.segment.value - b.segment.value || a.index - b.index);

  const digest = createHash("sha256");
  for (const { map, instance, frameNumber } of slices) {
    digest.update(`${instance.sopInstanceUid} ${frameNumber} ${width} ${height}\0`).update(map.data);
  }
  digest.update(JSON.stringify([segments, createdAt, syntheticBy]));
  const content = digest.digest("hex");
  const sopInstance = uidOf(`segmentation ${content}`);
  const dimensions = uidOf(`dimensions ${content}`);
  const [date, time] = [createdAt.slice(0, 10).replaceAll("-", ""), createdAt.slice(11, 19).replaceAll(":", "")];

  const elements: Element[] = [
    // SOP Common, General Image and Segmentation Image: C.12.1, C.7.6.1, C.8.20.2
    { tag: 0x00080005, vr: "CS", value: "ISO_IR 192" },
    { tag: 0x00080008, vr: "CS", value: "DERIVED\\PRIMARY" },
    { tag: 0x00080016, vr: "UI", value: SEGMENTATION_STORAGE },
    { tag: 0x00080018, vr: "UI", value: sopInstance },
    { tag: 0x00080020, vr: "DA", value: "" },
    { tag: 0x00080023, vr: "DA", value: date },
    { tag: 0x00080030, vr: "TM", value: "" },
    { tag: 0x00080033, vr: "TM", value: time },
    { tag: 0x00080050, vr: "SH", value: "" },
    { tag: 0x00080060, vr: "CS", value: "SEG" },
    { tag: 0x00080070, vr: "LO", value: "Aliquot" },
    { tag: 0x00080090, vr: "PN", value: "" },
    { tag: 0x0008103e, vr: "LO", value: syntheticBy.length > 0 ? "Segmentation of synthetic images" : "Segmentation" },
    { tag: 0x00081090, vr: "LO", value: "Aliquot" },
    referencedSeries(slices),
    ...syntheticMarks(
      syntheticBy.length === 0 ? null : `The source images are synthetic, made by ${syntheticBy.join(", ")}.`,
      softwareVersion,
    ),
    // As in the source images, so that viewers put both under one patient.
    { tag: 0x00100010, vr: "PN", value: first.instance.patient?.name ?? "" },
    { tag: 0x00100020, vr: "LO", value: first.instance.patient?.id ?? "" },
    { tag: 0x00100030, vr: "DA", value: "" },
    { tag: 0x00100040, vr: "CS", value: "" },
    ...(first.instance.patient?.isPseudonym === false
      ? [{ tag: 0x00120062, vr: "CS", value: "NO" } as const] // Patient Identity Removed
      : ([
          { tag: 0x00120062, vr: "CS", value: "YES" },
          { tag: 0x00120063, vr: "LO", value: "Written with a pseudonym, no other attribute of the patient" },
        ] as const)),
    { tag: 0x00181000, vr: "LO", value: "0" }, // Device Serial Number: a program has none, the standard wants one
    { tag: 0x00181020, vr: "LO", value: softwareVersion },
    { tag: 0x0020000d, vr: "UI", value: first.instance.studyUid ?? uidOf(`study ${first.instance.sopInstanceUid}`) },
    { tag: 0x0020000e, vr: "UI", value: uidOf(`series ${content}`) },
    { tag: 0x00200010, vr: "SH", value: "" },
    { tag: 0x00200011, vr: "IS", value: "1" },
    { tag: 0x00200013, vr: "IS", value: "1" },
    ...(isPlaced
      ? [
          {
            tag: 0x00200052,
            vr: "UI",
            value: first.instance.frameOfReferenceUid ?? uidOf(`frame of reference ${first.instance.seriesUid}`),
          } as const,
          { tag: 0x00201040, vr: "LO", value: "" } as const,
        ]
      : [{ tag: 0x00200020, vr: "CS", value: "" } as const]), // Patient Orientation
    sequence(0x00209221, [{ tag: 0x00209164, vr: "UI", value: dimensions }]),
    dimensionIndex(dimensions, isPlaced),
    { tag: 0x00280002, vr: "US", value: 1 },
    { tag: 0x00280004, vr: "CS", value: "MONOCHROME2" },
    { tag: 0x00280008, vr: "IS", value: String(frames.length) },
    { tag: 0x00280010, vr: "US", value: height },
    { tag: 0x00280011, vr: "US", value: width },
    { tag: 0x00280100, vr: "US", value: 1 },
    { tag: 0x00280101, vr: "US", value: 1 },
    { tag: 0x00280102, vr: "US", value: 0 },
    { tag: 0x00280103, vr: "US", value: 0 },
    { tag: 0x00282110, vr: "CS", value: "00" },
    { tag: 0x00620001, vr: "CS", value: "BINARY" },
    sequence(0x00620002, ...segments.map((segment, index) => segmentItem(segment, index + 1))),
    { tag: 0x00620013, vr: "CS", value: "NO" }, // Segments Overlap
    { tag: 0x00700080, vr: "CS", value: "SEGMENTATION" },
    { tag: 0x00700081, vr: "LO", value: "" },
    { tag: 0x00700084, vr: "PN", value: "" },
    sequence(0x52009229, isPlaced ? sharedGroups(slices, spacing) : []),
    sequence(
      0x52009230,
      ...frames.map(({ slice, index, segment }) => frameGroups(slice, index, segments.indexOf(segment) + 1, isPlaced)),
    ),
    {
      tag: 0x7fe00010,
      vr: "OB",
      value: packBits(frames.map(({ slice, segment }) => ({ map: slice.map, value: segment.value }))),
    },
  ];
  return writeDicom({ sopClass: SEGMENTATION_STORAGE, sopInstance }, elements);
}

/** Common Instance Reference, C.12.2. */
function referencedSeries(slices: readonly WrittenSlice[]): Element {
  const bySeries = Map.groupBy(
    slices,
    ({ instance }) => instance.seriesUid ?? uidOf(`series of ${instance.sopInstanceUid}`),
  );
  return sequence(
    0x00081115,
    ...[...bySeries].map(([series, members]): Element[] => {
      const instances = new Map(members.map(({ instance }) => [instance.sopInstanceUid, instance]));
      return [
        sequence(0x0008114a, ...[...instances.values()].map(instanceItem)),
        { tag: 0x0020000e, vr: "UI", value: series },
      ];
    }),
  );
}

function instanceItem({ sopClassUid, sopInstanceUid }: InstanceReference): Element[] {
  return [
    { tag: 0x00081150, vr: "UI", value: sopClassUid! },
    { tag: 0x00081155, vr: "UI", value: sopInstanceUid! },
  ];
}

/** First by segment, then by place: C.7.6.17. */
function dimensionIndex(organization: string, isPlaced: boolean): Element {
  const dimension = (pointer: number, group: number, label: string): Element[] => [
    { tag: 0x00209164, vr: "UI", value: organization },
    { tag: 0x00209165, vr: "AT", value: tagBytes(pointer) },
    { tag: 0x00209167, vr: "AT", value: tagBytes(group) },
    { tag: 0x00209421, vr: "LO", value: label },
  ];
  return sequence(
    0x00209222,
    dimension(0x0062000b, 0x0062000a, "Segment"),
    isPlaced ? dimension(0x00200032, 0x00209113, "Position") : dimension(0x00209057, 0x00209111, "Frame"),
  );
}

/** C.8.20.4 with the general codes for tissue: what a class means is known by its name alone. */
function segmentItem({ name, color, algorithm, algorithmName }: WrittenSegment, number: number): Element[] {
  return [
    code(0x00620003, "85756007", "SCT", "Tissue"),
    { tag: 0x00620004, vr: "US", value: number },
    { tag: 0x00620005, vr: "LO", value: name.slice(0, 64).replaceAll("\\", "/") },
    { tag: 0x00620008, vr: "CS", value: algorithm },
    ...(algorithm === "MANUAL"
      ? []
      : [{ tag: 0x00620009, vr: "LO", value: (algorithmName ?? "unknown").slice(0, 64) } as const]),
    { tag: 0x0062000d, vr: "US", value: new Uint8Array(Uint16Array.from(cielabOfColor(color)).buffer) },
    code(0x0062000f, "85756007", "SCT", "Tissue"),
  ];
}

/** Plane Orientation and Pixel Measures, the same for all frames. C.7.6.16.2.1 and .4. */
function sharedGroups(slices: readonly WrittenSlice[], spacing: PixelSpacing): Element[] {
  const geometry = slices[0]!.geometry!;
  const { columnDirection: a, rowDirection: b, sliceStep } = geometry;
  const normal = cross(a, b);
  const depths = slices.map(({ geometry: each }) => dot(each!.origin, normal));
  const steps = depths.slice(1).map((depth, index) => depth - depths[index]!);
  const told = sliceStep === null ? 0 : Math.hypot(sliceStep.x, sliceStep.y, sliceStep.z);
  const apart = steps.filter((step) => step > 1e-3);
  const thickness = told > 0 ? told : apart.length > 0 ? Math.min(...apart) : 0;
  return [
    sequence(0x00209116, [{ tag: 0x00200037, vr: "DS", value: decimals([a.x, a.y, a.z, b.x, b.y, b.z]) }]),
    sequence(0x00289110, [
      ...(thickness > 0 ? [{ tag: 0x00180050, vr: "DS", value: decimalString(thickness) } as const] : []),
      { tag: 0x00280030, vr: "DS", value: decimals([spacing.y, spacing.x]) },
    ]),
  ];
}

function frameGroups(slice: WrittenSlice, index: number, segment: number, isPlaced: boolean): Element[] {
  const { instance, frameNumber, geometry } = slice;
  const source: Element[] = [
    ...instanceItem(instance),
    ...(frameNumber === null ? [] : [{ tag: 0x00081160, vr: "IS", value: String(frameNumber) } as const]),
    { tag: 0x0028135a, vr: "CS", value: "YES" }, // Spatial Locations Preserved
    code(0x0040a170, "121322", "DCM", "Source image for image processing operation"),
  ];
  const derivation: Element = sequence(0x00089124, [
    sequence(0x00082112, source),
    code(0x00089215, "113076", "DCM", "Segmentation"),
  ]);
  const frameContent: Element[] = [
    ...(isPlaced
      ? []
      : [{ tag: 0x00209056, vr: "SH", value: "1" } as const, { tag: 0x00209057, vr: "UL", value: index + 1 } as const]),
    { tag: 0x00209157, vr: "UL", value: new Uint8Array(Uint32Array.of(segment, index + 1).buffer) },
  ];
  return [
    derivation,
    sequence(0x00209111, frameContent),
    ...(isPlaced
      ? [
          sequence(0x00209113, [
            {
              tag: 0x00200032,
              vr: "DS",
              value: decimals([geometry!.origin.x, geometry!.origin.y, geometry!.origin.z]),
            },
          ]),
        ]
      : []),
    sequence(0x0062000a, [{ tag: 0x0062000b, vr: "US", value: segment }]),
  ];
}

/** One bit a pixel, lowest first, running on across frames. PS3.5 8.1.1. */
function packBits(frames: readonly { map: LabelMap; value: number }[]): Uint8Array {
  const pixels = frames[0]!.map.data.length;
  const bytes = new Uint8Array(Math.ceil((frames.length * pixels) / 8));
  frames.forEach(({ map, value }, frame) => {
    const start = frame * pixels;
    for (let index = 0; index < pixels; index++) {
      if (map.data[index] === value) bytes[(start + index) >>> 3]! |= 1 << ((start + index) & 7);
    }
  });
  return bytes;
}

function tagBytes(tag: number): Uint8Array {
  return new Uint8Array(Uint16Array.of(tag >>> 16, tag & 0xffff).buffer);
}

/** A UID from what it stands for: 2.25 and 128 bits of a digest. PS3.5 B.2. */
function uidOf(content: string): string {
  const digest = createHash("sha256").update(`aliquot ${content}`).digest("hex").slice(0, 32);
  return `2.25.${BigInt(`0x${digest}`)}`;
}
