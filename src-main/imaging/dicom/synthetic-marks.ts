/**
 * @file How DICOM marks content that a model made: Synthetic Data (PS3.3 C.12.1.1.1, since 2023), Derivation Description (C.7.6.1) and
 * Contributing Equipment (C.12.1). Image Type DERIVED is the caller's. Debian's dciodvfy is of 2022, does not know (0008,001C), and
 * calls it "not a recognized standard attribute": the mark is worth that one line.
 */
import type { WrittenElement } from "./write.ts";

/** Elements to add; none where `derivation`, a sentence on how the content was made, is null. */
export function syntheticMarks(derivation: string | null, softwareVersion: string): WrittenElement[] {
  if (derivation === null) return [];
  return [
    { tag: 0x0008001c, vr: "CS", value: "YES" },
    { tag: 0x00082111, vr: "ST", value: derivation.slice(0, 1024) },
    {
      tag: 0x0018a001,
      vr: "SQ",
      value: [
        [
          { tag: 0x00080070, vr: "LO", value: "Aliquot" },
          { tag: 0x00081090, vr: "LO", value: "Aliquot" },
          { tag: 0x00181020, vr: "LO", value: softwareVersion },
          {
            tag: 0x0040a170, // Purpose of Reference, CID 7005
            vr: "SQ",
            value: [
              [
                { tag: 0x00080100, vr: "SH", value: "109102" },
                { tag: 0x00080102, vr: "SH", value: "DCM" },
                { tag: 0x00080104, vr: "LO", value: "Processing Equipment" },
              ],
            ],
          },
        ],
      ],
    },
  ];
}
