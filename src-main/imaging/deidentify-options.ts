/**
 * @file What de-identification keeps and what it says: options of PS3.15 E.3, and the report. Types and defaults only.
 */
import { randomBytes } from "node:crypto";

/** All off: the basic profile. */
export interface DeidentifyOptions {
  /** Study, series and instance UIDs stay. They lead back to the hospital's archive. */
  retainUids: boolean;
  /** Maker, model, serial number and name of the device stay. */
  retainDevice: boolean;
  /** Name, address and department of the institution stay. */
  retainInstitution: boolean;
  /** Sex, age (90 at most), size, weight and the like stay. */
  retainPatientCharacteristics: boolean;
  /** "shifted": all dates of a patient move by the same number of days; times of day stay. */
  retainDates: "none" | "shifted" | "full";
  /** Known technical words of descriptions stay; other words go. */
  cleanDescriptors: boolean;
  /** Overlay planes (groups 60xx) stay: drawn lines, not their names and comments. They may show writing. */
  retainGraphics: boolean;
  /** Private attributes that PS3.15 table E.3.10-1 calls safe stay. */
  retainSafePrivate: boolean;
}

export const basicProfile: DeidentifyOptions = {
  retainUids: false,
  retainDevice: false,
  retainInstitution: false,
  retainPatientCharacteristics: false,
  retainDates: "none",
  cleanDescriptors: false,
  retainGraphics: false,
  retainSafePrivate: false,
};

export interface Deidentification extends DeidentifyOptions {
  /** Key of the project's pseudonyms: the same identity gets the same pseudonym within a project, and another elsewhere. */
  secret: Uint8Array;
}

/** For files that go into no project: pseudonyms that hold as long as the process. */
export const unkeyedDeidentification: Deidentification = { ...basicProfile, secret: randomBytes(16) };

/** How often one kind of attribute or metadata was met. Names of kinds, never values. */
export interface AttributeCount {
  name: string;
  action: "removed" | "replaced" | "kept";
  count: number;
}
