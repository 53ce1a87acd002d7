/** @file `npm run bench -- [SUITE] [--json FILE]`: engine, images, workspace, or all of them. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { benchUnetStep } from "../../src-main/app/bench/unet-step.ts";
import { benchImport } from "./images.ts";
import { type Row, machineName, table } from "./rows.ts";
import { benchWorkspace } from "./workspace.ts";

const suites: Record<string, () => Promise<Row[]>> = {
  engine: benchUnetStep,
  images: benchImport,
  workspace: benchWorkspace,
};

const { values, positionals } = parseArgs({ options: { json: { type: "string" } }, allowPositionals: true });
const chosen = positionals.length > 0 ? positionals : Object.keys(suites);
const unknown = chosen.filter((name) => !(name in suites));
if (unknown.length > 0) {
  console.error(`bench: no suite ${unknown.join(", ")}. Suites: ${Object.keys(suites).join(", ")}.`);
  process.exit(2);
}

const rows: Row[] = [];
for (const name of chosen) rows.push(...(await suites[name]!()));
console.log(`${machineName()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n`);
console.log(table(rows));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
