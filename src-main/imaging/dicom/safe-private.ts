/**
 * @file Private attributes that are known to hold no identity: PS3.15 table E.3.10-1, as far as they are numbers or defined terms.
 * The table's texts, sequences and binary contents are left out: nothing can be checked about what a device writes there.
 */
import type { DataSet } from "dicom-parser";
import { type Tag, text } from "./attributes.ts";
import { copiedNumbers } from "./element-bytes.ts";
import type { WrittenElement } from "./write.ts";

interface SafeAttribute {
  vr: "CS" | "DS" | "FD" | "FL" | "IS" | "SL" | "SS" | "US";
  name: string;
}

/** group, element within the block, value representation, private creator: name. */
const table = `
0019 23 DS GEMS_ACQU_01: Table Speed [mm/rotation]
0019 24 DS GEMS_ACQU_01: Mid Scan Time [sec]
0019 27 DS GEMS_ACQU_01: Rotation Speed (Gantry Period)
0019 0c IS SIEMENS MR HEADER: B Value
0019 0d CS SIEMENS MR HEADER: Diffusion Directionality
0019 0e FD SIEMENS MR HEADER: Diffusion Gradient Direction
0019 27 FD SIEMENS MR HEADER: B Matrix
0025 07 SL GEMS_SERS_01: Images in Series
0043 27 SH GEMS_PARM_01: Scan Pitch Ratio
0043 39 IS GEMS_PARM_01: 1st value is B Value
0043 6f DS GEMS_PARM_01: Scanner Table Entry and Gradient Coil Selected
0045 01 SS GEMS_HELIOS_01: Number of Macro Rows in Detector
0045 02 FL GEMS_HELIOS_01: Macro width at ISO Center
00e1 21 DS ELSCINT1: DLP
01e1 26 CS ELSCINT1: Phantom Type
01e1 50 DS ELSCINT1: Acquisition Duration
01f1 01 CS ELSCINT1: Acquisition Type
01f1 07 DS ELSCINT1: Table Velocity
01f1 26 DS ELSCINT1: Pitch
01f1 27 DS ELSCINT1: Rotation Time
0903 10 US GEIIS PACS: Reject Image Flag
0903 11 US GEIIS PACS: Significant Flag
0903 12 US GEIIS PACS: Confidential Flag
2001 03 FL Philips Imaging DD 001: Diffusion B-Factor
2001 04 CS Philips Imaging DD 001: Diffusion Direction
2005 0d FL Philips MR Imaging DD 001: Scale Intercept
2005 0e FL Philips MR Imaging DD 001: Scale Slope
7053 00 DS Philips PET Private Group: SUV Factor
7053 09 DS Philips PET Private Group: Activity Concentration Factor
`;

/** By group, creator and element: "0019 SIEMENS MR HEADER 0c". */
const safeAttributes = new Map<string, SafeAttribute>(
  table
    .trim()
    .split("\n")
    .map((line) => {
      const [, group, element, vr, creator, name] = /^(\w{4}) (\w\w) (\w\w) ([^:]+): (.+)$/.exec(line)!;
      return [`${group} ${creator} ${element}`, { vr: (vr === "SH" ? "DS" : vr) as SafeAttribute["vr"], name: name! }];
    }),
);

/** Terms of the attributes above whose values are terms. */
const terms = new Set(
  "NONE DIRECTIONAL ISOTROPIC BMATRIX HEAD BODY AXIAL HELICAL SPIRAL SURVIEW CINE I O AP FH RL OBL".split(" "),
);
const decimalForm = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;
/** More values than any attribute of the table has: B Matrix. */
const MAX_VALUES = 6;

/**
 * The safe private attribute at `tag` ("x" and eight digits of an odd group) and the element that names its creator; null when it is
 * not listed, or holds something else than its representation says. PS3.5 7.8.1 for blocks and creators.
 */
export function safePrivateElements(dataSet: DataSet, tag: Tag): WrittenElement[] | null {
  const [group, block, element] = [tag.slice(1, 5), tag.slice(5, 7), tag.slice(7, 9)];
  const creator = text(dataSet, `x${group}00${block}`);
  const safe = creator === null ? undefined : safeAttributes.get(`${group} ${creator} ${element}`);
  if (creator === null || safe === undefined) return null;
  const value = safeValue(dataSet, tag, safe.vr);
  if (value === null) return null;
  return [
    { tag: Number(`0x${group}00${block}`), vr: "LO", value: creator },
    { tag: Number(`0${tag}`), vr: safe.vr, value },
  ];
}

function safeValue(dataSet: DataSet, tag: Tag, vr: SafeAttribute["vr"]): string | Uint8Array | null {
  const { vr: written } = dataSet.elements[tag]!;
  if (vr !== "CS" && vr !== "DS" && vr !== "IS") {
    // Elements of unknown representation are written as in Implicit VR Little Endian. PS3.5 6.2.2.
    const isFit = written === undefined || written === "UN" || written === vr;
    return isFit ? copiedNumbers(dataSet, tag, vr, MAX_VALUES) : null;
  }
  const parts = (text(dataSet, tag) ?? "").split("\\").map((part) => part.trim());
  const isFit = (part: string): boolean =>
    vr === "CS" ? terms.has(part) : part.length <= 16 && decimalForm.test(part);
  return parts.length <= MAX_VALUES && parts.every(isFit) ? parts.join("\\") : null;
}
