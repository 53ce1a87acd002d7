/**
 * @file Comma-separated values. RFC 4180: lines end in CRLF, fields are quoted where they must be.
 */

/** Null is an empty field. Numbers are written in full. */
export function csv(rows: readonly (readonly (string | number | null)[])[]): string {
  return rows.map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

function field(value: string | number | null): string {
  if (value === null) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
