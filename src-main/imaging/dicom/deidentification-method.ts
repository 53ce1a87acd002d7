/**
 * @file What the file says of its own de-identification: PS3.3 C.7.1.1 and C.12.1.1.1, codes of PS3.16 CID 7050.
 */
import type { DeidentifyOptions } from "../deidentify-options.ts";
import type { WrittenElement } from "./write.ts";

const codes = {
  basicProfile: ["113100", "Basic Application Confidentiality Profile"],
  cleanDescriptors: ["113105", "Clean Descriptors Option"],
  fullDates: ["113106", "Retain Longitudinal Temporal Information Full Dates Option"],
  shiftedDates: ["113107", "Retain Longitudinal Temporal Information Modified Dates Option"],
  patientCharacteristics: ["113108", "Retain Patient Characteristics Option"],
  device: ["113109", "Retain Device Identity Option"],
  uids: ["113110", "Retain UIDs Option"],
  safePrivate: ["113111", "Retain Safe Private Option"],
  institution: ["113112", "Retain Institution Identity Option"],
} as const;

/**
 * No code stands for kept overlays: 113103 "Clean Graphics Option" would say that somebody has cleaned them.
 *
 * Patient Identity Removed (0012,0062), De-identification Method (0012,0063) and its Code Sequence (0012,0064), Longitudinal
 * Temporal Information Modified (0028,0303).
 */
export function deidentificationMethod(options: DeidentifyOptions): WrittenElement[] {
  const applied = [
    codes.basicProfile,
    ...(options.cleanDescriptors ? [codes.cleanDescriptors] : []),
    ...(options.retainDates === "full" ? [codes.fullDates] : []),
    ...(options.retainDates === "shifted" ? [codes.shiftedDates] : []),
    ...(options.retainPatientCharacteristics ? [codes.patientCharacteristics] : []),
    ...(options.retainDevice ? [codes.device] : []),
    ...(options.retainUids ? [codes.uids] : []),
    ...(options.retainSafePrivate ? [codes.safePrivate] : []),
    ...(options.retainInstitution ? [codes.institution] : []),
  ];
  const items = applied.map(([value, meaning]): WrittenElement[] => [
    { tag: 0x00080100, vr: "SH", value },
    { tag: 0x00080102, vr: "SH", value: "DCM" },
    { tag: 0x00080104, vr: "LO", value: meaning },
  ]);
  const dates = { none: "REMOVED", shifted: "MODIFIED", full: "UNMODIFIED" }[options.retainDates];
  return [
    { tag: 0x00120062, vr: "CS", value: "YES" },
    {
      tag: 0x00120063,
      vr: "LO",
      value: `Aliquot allow-list of technical attributes${options.retainGraphics ? "\\Overlay planes kept" : ""}`,
    },
    { tag: 0x00120064, vr: "SQ", value: items },
    { tag: 0x00280303, vr: "CS", value: dates },
  ];
}
