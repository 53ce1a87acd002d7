/**
 * @file What the options of PS3.15 E.3 keep beside the allow-list: attributes of the confidentiality profile's table, at the
 * top level of the data set, in plain ASCII and of their value representation's form. Sequences are never kept.
 */
import type { DataSet } from "dicom-parser";
import type { Deidentification } from "../deidentify-options.ts";
import { text, type Tag, unsigned } from "./attributes.ts";
import { confidentialityProfile, type ProfileOption, type ProfileRow } from "./confidentiality-profile.ts";
import { dateShift, shiftedDate } from "./pseudonyms.ts";
import { cleanDescription } from "./technical-words.ts";
import type { WrittenElement } from "./write.ts";

type TextVr = Exclude<WrittenElement["vr"], "OB" | "OF" | "OW" | "SQ" | "UL" | "US">;

/** Largest number of characters and form of one value. PS3.5 table 6.2-1. */
const forms: Readonly<Partial<Record<string, RegExp>>> = {
  AE: /^[\x20-\x7e]{1,16}$/,
  AS: /^\d{3}[DWMY]$/,
  CS: /^[A-Z0-9 _]{1,16}$/,
  DA: /^\d{8}$/,
  DS: /^[-+0-9.eE]{1,16}$/,
  DT: /^\d{4,14}(\.\d{1,6})?([+-]\d{4})?$/,
  IS: /^[-+]?\d{1,11}$/,
  LO: /^[\x20-\x7e]{1,64}$/,
  LT: /^[\x20-\x7e\r\n]{1,10240}$/,
  SH: /^[\x20-\x7e]{1,16}$/,
  ST: /^[\x20-\x7e\r\n]{1,1024}$/,
  TM: /^\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?$/,
  UI: /^[0-9.]{1,64}$/,
};
const isTextVr = (vr: string): vr is TextVr => forms[vr] !== undefined;

/** Elements that the options keep, cleaned; `patient` tells whose dates move together. */
export function retainedElements(dataSet: DataSet, options: Deidentification, patient: string): WrittenElement[] {
  const chosen = chosenOptions(options);
  if (chosen.length === 0) return [];
  const days = dateShift(options.secret, patient);
  return confidentialityProfile.flatMap((row): WrittenElement[] => {
    const tag: Tag = `x${row.tag}`;
    if (dataSet.elements[tag] === undefined) return [];
    const action = actionOf(row, chosen);
    if (action === null) return [];
    const number = Number(`0${tag}`);
    if (row.vr === "US") {
      const value = action === "K" ? unsigned(dataSet, tag) : null;
      return value === null ? [] : [{ tag: number, vr: "US", value }];
    }
    if (!isTextVr(row.vr)) return [];
    const form = forms[row.vr]!;
    const parts = (text(dataSet, tag) ?? "").split("\\").map((part) => part.trim());
    if (!parts.every((part) => form.test(part))) return [];
    const kept = action === "K" ? parts.map((part) => generalizedAge(row.vr, part)) : cleaned(row, parts, days);
    return kept === null ? [] : [{ tag: number, vr: row.vr, value: kept.join("\\") }];
  });
}

function chosenOptions(options: Deidentification): ProfileOption[] {
  const chosen: [ProfileOption, boolean][] = [
    ["uids", options.retainUids],
    ["device", options.retainDevice],
    ["institution", options.retainInstitution],
    ["patientCharacteristics", options.retainPatientCharacteristics],
    ["fullDates", options.retainDates === "full"],
    ["modifiedDates", options.retainDates === "shifted"],
    ["cleanDescriptors", options.cleanDescriptors],
  ];
  return chosen.filter(([, isChosen]) => isChosen).map(([option]) => option);
}

/** Keeping goes before cleaning, as the person asked for it; null: no option keeps it. */
function actionOf({ options }: ProfileRow, chosen: readonly ProfileOption[]): "K" | "C" | null {
  const actions = chosen.map((option) => options[option]);
  if (actions.includes("K")) return "K";
  return actions.includes("C") ? "C" : null;
}

function cleaned({ vr }: ProfileRow, parts: string[], days: number): string[] | null {
  if (vr === "TM") return parts; // whole days are shifted
  if (vr === "DA" || vr === "DT") {
    const shifted = parts.map((part) => shiftedDate(part, days));
    return shifted.every((part) => part !== null) ? shifted : null;
  }
  const words = parts.map(cleanDescription);
  return words.some((part) => part !== "") ? words : null;
}

/** Ages of 90 and above are few enough to name a person: they become 90 years. */
function generalizedAge(vr: string, value: string): string {
  return vr === "AS" && value.endsWith("Y") && Number(value.slice(0, 3)) > 90 ? "090Y" : value;
}
