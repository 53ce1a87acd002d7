/** @file Numbers as DICOM writes them in text. PS3.5 6.2, VR DS: at most 16 characters. */

/** Several values, joined by a backslash. */
export function decimals(values: readonly number[]): string {
  return values.map(decimalString).join("\\");
}

export function decimalString(value: number): string {
  const plain = String(value);
  if (plain.length <= 16) return plain;
  for (let digits = 15; digits > 0; digits--) {
    const text = String(Number(value.toPrecision(digits)));
    if (text.length <= 16) return text;
  }
  return value.toExponential(6);
}
