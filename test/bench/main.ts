/** @file `npm run bench -- [SUITE] [--json FILE]`: engine (bcp: its step of BCP alone), images, workspace, corrections, labelling, masks, memory, search, synthesis, translation, or all of them. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { DEVICES, type NamedDevice } from "../../src-main/engine/runtime/index.ts";
import { benchCorrections } from "./corrections.ts";
import { benchEngine } from "./engine/index.ts";
import { benchImages } from "./images/index.ts";
import { benchGrading } from "./grading.ts";
import { benchLabelling } from "./labelling.ts";
import { benchMasks } from "./masks.ts";
import { benchMemory } from "./memory.ts";
import { type Row, machineName, table } from "./rows.ts";
import { benchSearch } from "./search.ts";
import { benchSynthesis } from "./synthesis.ts";
import { benchTranslation } from "./translation.ts";
import { benchWorkspace } from "./workspace.ts";

const USAGE = `npm run bench -- [engine] [bcp] [images] [workspace] [corrections] [labelling] [masks] [memory] [search] [synthesis] [translation] [--json FILE]
  --json FILE     write the rows to FILE too
  --only REGEXP   engine, images: only workloads whose name fits; workspace: bytes, hand, brush, paging, proposals, review, grid, start
  --rounds N      engine, images: rounds of each workload, ours and the peer taking turns (default 5)
  --tune          engine: choose lowerings by measurement first
  --device NAME   engine: cpu, webgpu, cuda, dml or coreml; default cpu, and the GPU too where there is one`;

const { values, positionals } = parseArgs({
  options: {
    json: { type: "string" },
    only: { type: "string" },
    rounds: { type: "string" },
    device: { type: "string" },
    tune: { type: "boolean", default: false },
    help: { type: "boolean" },
  },
  allowPositionals: true,
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
if (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= 1)) {
  console.error(`bench: --rounds must be a whole number of at least 1, got ${values.rounds}.`);
  process.exit(2);
}

const device = DEVICES.find((name) => name !== "auto" && name === values.device) as NamedDevice | undefined;
if (values.device !== undefined && device === undefined) {
  console.error(`bench: no device ${values.device}. ${USAGE}`);
  process.exit(2);
}

const engine = {
  tune: values.tune,
  ...(device === undefined ? {} : { device }),
  ...(rounds === undefined ? {} : { rounds }),
};
const suites: Record<string, () => Promise<Row[]>> = {
  engine: () => benchEngine({ ...engine, ...(values.only === undefined ? {} : { only: new RegExp(values.only) }) }),
  images: () =>
    benchImages({
      ...(values.only === undefined ? {} : { only: new RegExp(values.only) }),
      ...(rounds === undefined ? {} : { rounds }),
    }),
  workspace: () => benchWorkspace(values.only === undefined ? {} : { only: new RegExp(values.only) }),
  corrections: benchCorrections,
  grading: benchGrading,
  labelling: benchLabelling,
  masks: benchMasks,
  memory: benchMemory,
  search: benchSearch,
  synthesis: benchSynthesis,
  translation: benchTranslation,
};
const all = Object.keys(suites);
// A part of the engine's suite, by a name of its own.
suites["bcp"] = async () => (await benchEngine({ ...engine, only: /^bcp-/ })).map((row) => ({ ...row, suite: "bcp" }));
const chosen = positionals.length > 0 ? positionals : all;
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
