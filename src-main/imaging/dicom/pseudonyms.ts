/**
 * @file What stands in place of an identity: keyed digests, so that one identity has one pseudonym in a project and nobody
 * without the project's secret can find or test it.
 */
import { createHmac } from "node:crypto";

/** Prefixes keep the purposes apart: a patient's digest says nothing of a UID of the same letters. */
function digest(secret: Uint8Array, purpose: "uid" | "patient" | "dates" | "name", value: string): Buffer {
  return createHmac("sha256", secret).update(`aliquot ${purpose}\0${value}`).digest();
}

/**
 * A UID that stands for another one: 2.25 and a UUID (PS3.5 B.2) of version 8, made of the digest (RFC 9562 5.8).
 * UIDs of the standard itself, such as SOP classes, name no instance and stay.
 */
export function replacedUid(secret: Uint8Array, original: string): string {
  if (original.startsWith("1.2.840.10008.")) return original;
  const uuid = digest(secret, "uid", original).subarray(0, 16);
  uuid[6] = (uuid[6]! & 0x0f) | 0x80;
  uuid[8] = (uuid[8]! & 0x3f) | 0x80;
  return `2.25.${BigInt(`0x${uuid.toString("hex")}`)}`;
}

/** Patient's Name and Patient ID of a patient, by the key of deidentify.ts `patientKey`. */
export function patientPseudonym(secret: Uint8Array, patientKey: string): string {
  return `P-${digest(secret, "patient", patientKey).toString("hex").slice(0, 12).toUpperCase()}`;
}

/** Ends of file names and cases that may hold a name: twelve hexadecimal digits. */
export function namePseudonym(secret: Uint8Array, name: string): string {
  return digest(secret, "name", name).toString("hex").slice(0, 12);
}

/** Days by which all dates of a patient move into the past: 1 to 3650. */
export function dateShift(secret: Uint8Array, patientKey: string): number {
  return 1 + (digest(secret, "dates", patientKey).readUInt32BE(0) % 3650);
}

/** Moves a DA or DT value (PS3.5 6.2) by whole days into the past; null when it names no day of the calendar. */
export function shiftedDate(value: string, days: number): string | null {
  const match = /^(\d{4})(\d{2})(\d{2})((?:\d{2}){0,3}(?:\.\d{1,6})?(?:[+-]\d{4})?)$/.exec(value);
  if (match === null) return null;
  const [, year, month, day, rest] = match;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (date.getUTCMonth() !== Number(month) - 1) return null;
  date.setUTCDate(date.getUTCDate() - days);
  return date.toISOString().slice(0, 10).replaceAll("-", "") + rest!;
}
