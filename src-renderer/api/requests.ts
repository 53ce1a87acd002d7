/** @file What the interface sends: bodies of requests, named once. */
import type { PatientRule, Split } from "../../src-main/api/contract.ts";

export interface ImportOptions {
  patient: PatientRule;
  split?: Split;
  deidentify?: boolean;
}

/** A file and its path relative to what was dropped or chosen: masks are matched by it. */
export interface UploadedFile {
  file: File;
  path: string;
}

/** Numbers of cases. */
export interface SplitCounts {
  train: number;
  val: number;
  test: number;
}

export interface RunRequest {
  method: string;
  settings: Record<string, number | boolean | string>;
  seed?: number;
  device?: string;
  fromModel?: number;
  includeAccepted?: boolean;
}
