/**
 * @file How the options of de-identification are told to people. The import dialog, the command line and the API build what they
 * offer from this list: an option that is added here appears in all three.
 */
import type { DeidentifyOptions } from "./deidentify-options.ts";

/** What a person chooses on import: what stays in the files, and in their names. */
export interface ImportPrivacy extends DeidentifyOptions {
  /** Also names that do not look like plain technical identifiers. */
  keepFileNames: boolean;
}

interface OptionWords {
  label: string;
  /** What it means for the patient, in a sentence. */
  help: string;
}

/** Off by default. */
export interface FlagField extends OptionWords {
  kind: "flag";
  /** Of the command line. */
  flag: string;
}

/** The first choice is the default; the others have a flag. */
export interface ChoiceField<Value extends string = string> extends OptionWords {
  kind: "choice";
  choices: readonly { value: Value; label: string; flag: string | null; help: string }[];
}

type FieldOf<Value> = [Value] extends [boolean] ? FlagField : [Value] extends [string] ? ChoiceField<Value> : never;

/** Every option, in the order in which forms show them. A missing one is a compile error. */
export const privacyForm: { readonly [Name in keyof ImportPrivacy]-?: FieldOf<ImportPrivacy[Name]> } = {
  retainDates: {
    kind: "choice",
    label: "Dates",
    help: "The day of an examination can point to a person.",
    choices: [
      { value: "none", label: "Remove", flag: null, help: "remove dates" },
      {
        value: "shifted",
        label: "Keep, moved by the same number of days for each patient",
        flag: "--retain-dates-shifted",
        help: "keep dates, those of one patient moved by the same number of days",
      },
      { value: "full", label: "Keep as they are", flag: "--retain-dates", help: "keep dates and times as they are" },
    ],
  },
  retainPatientCharacteristics: {
    kind: "flag",
    label: "Keep sex, age, size and weight",
    help: "Ages above 90 are stored as 90.",
    flag: "--retain-patient-characteristics",
  },
  retainDevice: {
    kind: "flag",
    label: "Keep the device",
    help: "Maker, model, serial number and name of the scanner.",
    flag: "--retain-device",
  },
  retainInstitution: {
    kind: "flag",
    label: "Keep the institution",
    help: "Name, address and department of the hospital.",
    flag: "--retain-institution",
  },
  cleanDescriptors: {
    kind: "flag",
    label: "Keep technical words of descriptions",
    help: "Such as “T2 axial” of the series description; other words go.",
    flag: "--clean-descriptors",
  },
  retainUids: {
    kind: "flag",
    label: "Keep study, series and instance UIDs",
    help: "They lead back to the archive of the hospital.",
    flag: "--retain-uids",
  },
  retainGraphics: {
    kind: "flag",
    label: "Keep overlay planes",
    help: "Lines drawn over the image, not their names and comments. They may show writing.",
    flag: "--retain-graphics",
  },
  retainSafePrivate: {
    kind: "flag",
    label: "Keep private attributes that the standard calls safe",
    help: "Those of DICOM PS3.15 table E.3.10-1.",
    flag: "--retain-safe-private",
  },
  keepFileNames: {
    kind: "flag",
    label: "Keep file names",
    help: "Also those that may hold the name of a person; else a pseudonym stands for them.",
    flag: "--keep-file-names",
  },
};
