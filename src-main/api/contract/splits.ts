/** @file Splits, and images that stand in two of them. */

export type Split = "train" | "val" | "test" | "unlabelled";

/**
 * Images of two splits that should not be: "same-file": their stored bytes are equal; "same-picture": their thumbnails are;
 * "same-patient": two cases of one name, recognized in two ways.
 */
export interface Leak {
  kind: "same-file" | "same-picture" | "same-patient";
  splits: Split[];
  /** Names of the cases. */
  cases: string[];
  /** The first of the frames. */
  frameIds: number[];
}

export interface LeakReport {
  leaks: Leak[];
  /** All; the list holds the first. */
  total: number;
}
