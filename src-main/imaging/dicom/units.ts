/**
 * @file The unit of rescaled values, as people write it. PS3.3 C.11.1.1.2 (Rescale Type, Modality LUT Type), C.8.9.1 (Units of PET).
 */
import type { DataSet } from "dicom-parser";
import { firstItem, type Tag, text } from "./attributes.ts";
import type { WrittenElement } from "./write.ts";

export const MODALITY_LUT_SEQUENCE: Tag = "x00283000";

/** Defined terms that are technical and may stay in a project. */
export const rescaleTypes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    HU: "HU",
    HU_MOD: "HU (modified)",
    OD: "10⁻³ OD",
    MGML: "mg/ml",
    Z_EFF: "Z eff.",
    ED: "10²³ e/ml",
    EDW: "e/e of water",
    PCT: "%",
    US: "",
  }),
);
export const petUnits: ReadonlyMap<string, string> = new Map(
  Object.entries({
    CNTS: "counts",
    NONE: "",
    CM2: "cm²",
    PCNT: "%",
    CPS: "counts/s",
    BQML: "Bq/ml",
    MGMINML: "mg/min/ml",
    UMOLMINML: "µmol/min/ml",
    MLMING: "ml/min/g",
    MLG: "ml/g",
    "1CM": "1/cm",
    UMOLML: "µmol/ml",
    PROPCNTS: "prop. to counts",
    PROPCPS: "prop. to counts/s",
    MLMINML: "ml/min/ml",
    MLML: "ml/ml",
    GML: "g/ml",
    STDDEV: "standard deviations",
  }),
);

/**
 * The unit; nothing when the file does not say. `values` holds the Pixel Value Transformation or the modality LUT. CT without a type is
 * in Hounsfield units where it is rescaled: C.8.2.1 asks for a type only where it is another.
 */
export function readUnit(dataSet: DataSet, values: DataSet): { unit?: string } {
  const type = text(values, "x00281054") ?? text(values, "x00283004");
  const isHounsfield = type === null && text(dataSet, "x00080060") === "CT" && text(values, "x00281052") !== null;
  // US is "unspecified": of PET the unit stands elsewhere.
  const pet = petUnits.get(text(dataSet, "x00541001") ?? "");
  const unit = rescaleTypes.get(type ?? "") || pet || (isHounsfield ? "HU" : "");
  return unit === "" ? {} : { unit };
}

/** A rescale that changes nothing and tells the unit: for samples that hold the modality LUT already. */
export function identityRescale(dataSet: DataSet): WrittenElement[] {
  const type = text(firstItem(dataSet, MODALITY_LUT_SEQUENCE) ?? dataSet, "x00283004") ?? "";
  return [
    { tag: 0x00281052, vr: "DS", value: "0" },
    { tag: 0x00281053, vr: "DS", value: "1" },
    { tag: 0x00281054, vr: "LO", value: rescaleTypes.has(type) ? type : "US" },
  ];
}
