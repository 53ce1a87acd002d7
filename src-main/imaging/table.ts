/**
 * @file Comma-separated values to rows. RFC 4180; semicolons or tabs in place of commas, as spreadsheets write them in many countries.
 */
import type { LabelTable } from "./labels.ts";
import { corruptFile } from "./trouble.ts";

const MAX_ROWS = 1_000_000;

/** Rows without empty ones; throws `Problem` unless all are as long as the first. */
export function readTable(bytes: Uint8Array, fileName: string): LabelTable {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw corruptFile(fileName, "It is not text in UTF-8.", error);
  }
  // Titles of labels have semicolons of their own, in brackets.
  const head = text.split(/\r?\n/, 1)[0]!.replace(/\([^()]*\)/g, "");
  const separator = [",", ";", "\t"].reduce((best, each) =>
    head.split(each).length > head.split(best).length ? each : best,
  );
  const rows = [...rowsOf(text, separator, fileName)].filter((row) => row.some((field) => field !== ""));
  const width = rows[0]?.length ?? 0;
  const odd = rows.findIndex((row) => row.length !== width);
  if (odd !== -1) {
    throw corruptFile(fileName, `Row ${odd + 1} has ${rows[odd]!.length} fields, the first has ${width}.`);
  }
  return { kind: "table", rows };
}

function* rowsOf(text: string, separator: string, fileName: string): Generator<string[]> {
  let row: string[] = [];
  let count = 0;
  for (let at = 0; at <= text.length;) {
    let field = "";
    if (text[at] === '"') {
      for (at++; ; at++) {
        if (at >= text.length) throw corruptFile(fileName, `A quoted field of row ${count + 1} has no end.`);
        if (text[at] === '"' && text[at + 1] === '"') at++;
        else if (text[at] === '"') break;
        field += text[at];
      }
      at++;
    } else {
      let end = at;
      while (end < text.length && text[end] !== separator && text[end] !== "\n" && text[end] !== "\r") end++;
      field = text.slice(at, end);
      at = end;
    }
    row.push(field.trim());
    if (text[at] === separator) {
      at++;
      continue;
    }
    if (at < text.length && text[at] !== "\r" && text[at] !== "\n") {
      throw corruptFile(fileName, `Row ${count + 1} goes on after the end of a quoted field.`);
    }
    at += text[at] === "\r" && text[at + 1] === "\n" ? 2 : 1;
    if (++count > MAX_ROWS) throw corruptFile(fileName, `It has more than ${MAX_ROWS} rows.`);
    yield row;
    row = [];
  }
}
