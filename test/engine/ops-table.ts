/**
 * @file `npm run ops-table`: writes src-main/engine/OPS.md from the list of ops: what each computes is the first sentence of its
 * docstring. ops-table.test.ts fails while the file is out of date.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ops } from "../../src-main/engine/index.ts";
import type { OpDefinition } from "../../src-main/engine/graph.ts";

const engine = join(import.meta.dirname, "../../src-main/engine");
export const OPS_FILE = join(engine, "OPS.md");

interface Documented {
  family: string;
  operands: string;
  sentence: string;
}

/** From the sources: family (title of the file), operands (second type argument of `Op`), first sentence of the docstring. */
function documentedOps(): Map<string, Documented> {
  const found = new Map<string, Documented>();
  for (const file of readdirSync(join(engine, "ops")).filter((name) => name.endsWith(".ts"))) {
    const source = readFileSync(join(engine, "ops", file), "utf8");
    const family = file.replace(/\.ts$/, "").replaceAll("-", " ");
    const pattern = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport const (\w+): Op(?:<([\s\S]*?)>)? = defineOp/g;
    for (const [, comment, name, types] of source.matchAll(pattern)) {
      const text = comment!.replace(/\n\s*\* ?/g, " ").trim();
      const sentence = /^[\s\S]*?[.:](?=\s|$)/.exec(text)?.[0].replace(/[.:]$/, "") ?? text;
      const arity = /,\s*(\d|"list")$/.exec(types ?? "")?.[1] ?? "1";
      found.set(name!, { family, operands: arity === '"list"' ? "list" : arity, sentence });
    }
  }
  return found;
}

/** Written by the WebGPU sweep: ONNX operators of each op that the device's provider left to the CPU. */
function deviceSupport(): Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> {
  const path = join(engine, "device-support.json");
  if (!existsSync(path)) return {};
  return JSON.parse(readFileSync(path, "utf8")) as ReturnType<typeof deviceSupport>;
}

/** The whole of OPS.md. Throws where an op has no docstring. */
export function opsDocument(): string {
  const documented = documentedOps();
  const devices = deviceSupport();
  const names = Object.keys(devices);
  const families = new Map<string, string[]>();
  // By name within a family: the order of a module's exports differs between loaders.
  for (const op of ops.toSorted((a, b) => (a.opName < b.opName ? -1 : 1))) {
    const about = documented.get(op.opName);
    if (!about)
      throw new Error(`ops-table: ${op.opName}: no docstring stands right before "export const ${op.opName}: Op".`);
    const { gradient, cases } = op.definition as unknown as OpDefinition<object>;
    const isSmooth = cases.some(({ inputs, gradientUnchecked }) => !gradientUnchecked && inputs.every(Array.isArray));
    const cells = [
      `\`${op.opName}\``,
      about.operands,
      about.sentence,
      typeof gradient === "function" ? "yes" : `no: ${gradient.reason}`,
      typeof gradient !== "function" ? "–" : isSmooth ? "checked" : "by its ops",
      ...names.map((device) => {
        const onCpu = devices[device]![op.opName] ?? [];
        return onCpu.length === 0 ? "yes" : `CPU for ${onCpu.join(", ")}`;
      }),
    ];
    const rows = families.get(about.family) ?? [];
    rows.push(`| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`);
    families.set(about.family, rows);
  }
  const head = ["op", "operands", "computes", "gradient", "second order", ...names];
  const tables = [...families]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([family, rows]) =>
      [
        `## ${family[0]!.toUpperCase()}${family.slice(1)}`,
        "",
        `| ${head.join(" | ")} |`,
        `|${head.map(() => "---|").join("")}`,
        ...rows,
      ].join("\n"),
    );
  const devicesText =
    names.length === 0
      ? "All run on the CPU provider; other providers leave to the CPU what they have no kernel for."
      : `Columns ${names.join(", ")}: "yes" where every operator of the op's cases ran on that device, else those that ran on the CPU.`;
  return [
    "# Ops",
    "",
    "Made by `npm run ops-table` from the list of ops. Do not edit: change the op's docstring.",
    "",
    `${ops.length} ops. "list" takes an array of tensors. Gradients are made of ops, so there are gradients of gradients; "checked": the`,
    `sweep compares the second order with finite differences, too. ${devicesText}`,
    "",
    tables.join("\n\n"),
    "",
  ].join("\n");
}

if (import.meta.main) writeFileSync(OPS_FILE, opsDocument());
