/** @file Columns that name persons are told from labels. */
import { expect, test } from "vitest";
import { holdsIdentity } from "../../src-main/interchange/import/identity-columns.ts";

const distinct = (count: number, make: (index: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => make(i));

test.each([
  ["PatientName", ["a", "a"]],
  ["birth_year", ["1947"]],
  ["Referring physician", ["x"]],
  ["seen", ["1947-07-13", "b"]],
  ["seen", ["13.7.47"]],
  ["seen", ["19470713"]],
  ["who", ["Doe^Jane"]],
  ["patient_no", ["1"]],
  ["k", distinct(5, (index) => `47110${index}0`)],
  ["finding", distinct(30, (index) => `a sentence of its own ${"x".repeat(index)}`)],
])("%s with %j is left out", (title, values) => expect(holdsIdentity(title, values)).toBe(true));

test.each([
  ["diagnosis", ["benign", "malignant", "benign"]],
  ["age", ["47", "93"]],
  ["volume", ["1234567", "99"]],
  ["score", distinct(40, (index) => String(index / 7))],
  ["sex", ["F", "M"]],
  ["counts", ["99999999", "99999999", "99999999"]],
])("%s with %j stays", (title, values) => expect(holdsIdentity(title, values)).toBe(false));
