/** @file The suite "images": how fast files come in and pixels come out. A part is a file here and a line below. */
import type { Row } from "../rows.ts";
import { benchImport } from "./import.ts";

const parts: readonly (() => Promise<Row[]>)[] = [benchImport];

export async function benchImages(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const part of parts) rows.push(...(await part()));
  return rows;
}
