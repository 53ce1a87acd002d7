/**
 * @file What stays beside the allow-list: UIDs, replaced, and what the options of PS3.15 E.3 keep, at every level of the data set. The
 * confidentiality profile's table decides; values must be plain ASCII and of their value representation's form.
 */
import type { DataSet } from "dicom-parser";
import type { Deidentification } from "../deidentify-options.ts";
import { text, type Tag, unsigned } from "./attributes.ts";
import { type ProfileOption, profileRow, type ProfileRow } from "./confidentiality-profile.ts";
import { dateShift, shiftedDate } from "./pseudonyms.ts";
import { safePrivateElements } from "./safe-private.ts";
import { cleanDescription } from "./technical-words.ts";
import type { WrittenElement } from "./write.ts";

type TextVr = Exclude<WrittenElement["vr"], "FD" | "FL" | "OB" | "OF" | "OW" | "SL" | "SQ" | "SS" | "UL" | "US">;

/** Largest number of characters and form of one value. PS3.5 table 6.2-1; texts without limit end at 10240. */
const forms: ReadonlyMap<string, RegExp> = new Map(
  Object.entries({
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
    UC: /^[\x20-\x7e]{1,10240}$/,
    UI: /^[0-9.]{1,64}$/,
    UR: /^[\x21-\x7e]{1,10240}$/,
    UT: /^[\x20-\x7e\r\n]{1,10240}$/,
  }),
);
const isTextVr = (vr: string): vr is TextVr => forms.has(vr);

/** Items deeper than this are made to exhaust readers; they are left out. */
const MAX_DEPTH = 16;
/** Commands, file meta information and directories (groups below) are no part of a data set. PS3.5 7.1. */
const FIRST_TAG = "x0008";

/** Elements of one level, and of all below it, that stay; those of `table` are decided on elsewhere. */
export type Retain = (dataSet: DataSet, table: Readonly<Record<Tag, unknown>>) => WrittenElement[];

/**
 * What the options keep of a data set, cleaned. `patient` tells whose dates move together; `replace` gives what stands for a UID.
 */
export function retention(options: Deidentification, patient: string, replace: (uid: string) => string): Retain {
  const chosen = chosenOptions(options);
  const days = dateShift(options.secret, patient);
  const { retainSafePrivate } = options;

  /** `within`: what was decided of the listed sequence around; null where there is none. */
  const level = (
    dataSet: DataSet,
    depth: number,
    within: Action | null,
    table: Readonly<Record<Tag, unknown>> = {},
  ): WrittenElement[] => {
    const elements = Object.keys(dataSet.elements).flatMap((tag): WrittenElement[] => {
      if (tag in table || tag < FIRST_TAG) return [];
      if (isPrivate(tag)) return (retainSafePrivate ? safePrivateElements(dataSet, tag as Tag) : null) ?? [];
      return retained(dataSet, tag as Tag, depth, within);
    });
    // Several attributes of a private block name the same creator.
    return [...new Map(elements.map((element) => [element.tag, element])).values()];
  };

  const retained = (dataSet: DataSet, tag: Tag, depth: number, within: Action | null): WrittenElement[] => {
    const row = profileRow(tag.slice(1));
    const { items } = dataSet.elements[tag]!;
    if (row === null && items === undefined) return depth === 0 ? [] : structuralElement(dataSet, tag, within);
    const action = row === null ? within : actionOf(row, chosen);
    if (row !== null && action === null) return [];
    if (items !== undefined) {
      if (depth === MAX_DEPTH || (row !== null && row.vr !== "SQ")) return [];
      const written = items.map(({ dataSet: item }) => (item ? level(item, depth + 1, action) : []));
      const hasContent = written.some((item) => item.some((element) => !isStructural(element.tag)));
      return hasContent || (action !== null && written.some((item) => item.length > 0))
        ? [{ tag: Number(`0${tag}`), vr: "SQ", value: written }]
        : [];
    }
    return row === null || action === null ? [] : kept(dataSet, tag, row, action);
  };

  const kept = (dataSet: DataSet, tag: Tag, { vr }: ProfileRow, action: Action): WrittenElement[] => {
    const number = Number(`0${tag}`);
    if (vr === "US") {
      const value = action === "K" ? unsigned(dataSet, tag) : null;
      return value === null ? [] : [{ tag: number, vr: "US", value }];
    }
    if (!isTextVr(vr)) return [];
    const form = forms.get(vr)!;
    const parts = (text(dataSet, tag) ?? "").split("\\").map((part) => part.trim());
    if (!parts.every((part) => form.test(part))) return [];
    const values = valuesOf(vr, parts, action);
    return values === null ? [] : [{ tag: number, vr, value: values.join("\\") }];
  };

  const valuesOf = (vr: TextVr, parts: string[], action: Action): string[] | null => {
    if (action === "U") return parts.map(replace);
    if (action === "K") return parts.map((part) => generalizedAge(vr, part));
    if (vr === "TM") return parts; // whole days are shifted
    if (vr === "DA" || vr === "DT") {
      const shifted = parts.map((part) => shiftedDate(part, days));
      return shifted.every((part) => part !== null) ? shifted : null;
    }
    const words = parts.map(cleanDescription);
    return words.some((part) => part !== "") ? words : null;
  };

  return (dataSet, table) => level(dataSet, 0, null, table);
}

/** Odd groups. PS3.5 7.8. */
function isPrivate(tag: string): boolean {
  return Number.parseInt(tag.slice(4, 5), 16) % 2 === 1;
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

/** Keep, clean, or replace the UID. */
type Action = "K" | "C" | "U";

/**
 * Keeping goes before cleaning, as the person asked for it. Without an option UIDs are replaced, also those within the sequences that
 * the basic profile marks "U*". null: D, Z and X; what must not be empty is written by other hands, all else may be absent.
 */
function actionOf({ basic, options }: ProfileRow, chosen: readonly ProfileOption[]): Action | null {
  const actions = chosen.map((option) => options[option]);
  if (actions.includes("K")) return "K";
  if (actions.includes("C")) return "C";
  return basic.split("/").some((code) => code.startsWith("U")) ? "U" : null;
}

/** Ages of 90 and above are few enough to name a person: they become 90 years. */
function generalizedAge(vr: string, value: string): string {
  return vr === "AS" && value.endsWith("Y") && Number(value.slice(0, 3)) > 90 ? "090Y" : value;
}

/** Schemes of public codes; those of a hospital (99…) may number persons. PS3.16 table 8-1. */
const publicSchemes = new Set("DCM SRT SNM3 99SDM SCT LN RADLEX FMA UCUM UMLS NCIt I10 I9C ICDO3 MA NEU".split(" "));

/**
 * What items need beside attributes of the table: what kind of object a UID names, its frames, and codes. Codes stay as they are where
 * their sequence is kept, where it is cleaned those of public schemes.
 */
function structuralElement(dataSet: DataSet, tag: Tag, within: Action | null): WrittenElement[] {
  const value = text(dataSet, tag);
  const number = Number(`0${tag}`);
  const vr = structural.get(number);
  if (vr === undefined || value === null) return [];
  const written = [{ tag: number, vr, value }];
  if (vr === "UI") return /^1\.2\.840\.10008\.[0-9.]{1,50}$/.test(value) ? written : [];
  if (vr === "IS") return /^\d{1,9}(\\ *\d{1,9} *)*$/.test(value) ? written : [];
  if (within === "K") return forms.get(vr)!.test(value) ? written : [];
  if (within !== "C") return [];
  const [code, scheme] = [text(dataSet, "x00080100") ?? "", text(dataSet, "x00080102") ?? ""];
  if (!publicSchemes.has(scheme) || !/^[A-Za-z]{0,3}-?[A-Za-z0-9.]{1,12}$/.test(code)) return [];
  if (tag === "x00080104") return [{ tag: number, vr, value: cleanDescription(value) || code }];
  return tag === "x00080100" || tag === "x00080102" ? written : [];
}

/** Referenced SOP Class UID, Referenced Frame Number, and the Code Sequence Macro (PS3.3 table 8.8-1). */
const structural = new Map<number, TextVr>([
  [0x00081150, "UI"],
  [0x00081160, "IS"],
  [0x00080100, "SH"],
  [0x00080102, "SH"],
  [0x00080103, "SH"],
  [0x00080104, "LO"],
  [0x00080119, "UC"],
  [0x00080120, "UR"],
]);
const isStructural = (tag: number): boolean => structural.has(tag);
