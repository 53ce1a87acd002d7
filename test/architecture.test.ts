/** @file The folders of src-main and which way they may depend on each other: docs/architecture.md as a test. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");
const main = join(root, "src-main");

/** Every folder may also import these, which import nothing. */
const ground = ["problem", "random", "ordinal"];

/** What each folder may import of ours. A name with a slash is an inner door: a light import beside a heavy index. */
const arrows: Record<string, string[]> = {
  problem: [],
  random: [],
  ordinal: [],
  voxels: [],
  engine: [],
  "engine/runtime": ["engine"],
  imaging: ["voxels"],
  metrics: ["voxels"],
  networks: ["engine"],
  training: ["engine", "engine/safetensors"],
  diffusion: [],
  dataset: ["voxels"],
  methods: ["networks", "training", "diffusion", "dataset", "engine", "engine/runtime", "engine/safetensors", "voxels"],
  experiments: ["methods", "dataset", "metrics", "voxels", "api/contract"],
  project: ["voxels", "api/contract"],
  interchange: ["project", "imaging", "voxels", "engine", "api/contract"],
  runs: [
    "methods",
    "experiments",
    "training",
    "dataset",
    "imaging",
    "metrics",
    "voxels",
    "engine/runtime",
    "engine/safetensors",
    "api/contract",
  ],
  "runs/remote": ["api/contract"],
  "runs/queue": [
    "project",
    "methods",
    "experiments",
    "dataset",
    "metrics",
    "voxels",
    "engine/safetensors",
    "api/contract",
  ],
  inference: ["methods", "dataset", "voxels", "engine/runtime"],
  "inference/host": ["voxels", "runs/queue"],
  api: [
    "project",
    "interchange",
    "imaging",
    "voxels",
    "runs/queue",
    "inference/host",
    "metrics",
    "methods",
    "experiments",
  ],
  app: [
    "api",
    "api/contract",
    "runs/queue",
    "runs/remote",
    "runs/worker",
    "inference/host",
    "inference/worker",
    "project",
    "imaging",
    "voxels",
    "experiments",
    "engine",
  ],
};

/** Paths that may be imported from outside their folder, beside each folder's index.ts. */
const doors = [
  "engine/runtime",
  "engine/safetensors",
  "runs/queue",
  "runs/remote",
  "runs/worker",
  "inference/host",
  "inference/worker",
  "api/contract",
];

/** Files that form an inner area with arrows of its own. */
function areaOf(file: string): string {
  const path = relative(main, file).replaceAll("\\", "/");
  if (path.startsWith("engine/runtime/")) return "engine/runtime";
  if (
    /^runs\/(queue|[a-z-]+-requests?|experiment-run|experiment-trunk|training-forecast|synthesis-grades|run-data|recording|supervision|endings|trend|exchange|room)\.ts$/.test(
      path,
    )
  )
    return "runs/queue"; // the main process's half
  if (path === "runs/remote.ts") return "runs/remote"; // likewise, without a project
  if (path === "inference/host.ts") return "inference/host"; // likewise
  return path.split("/")[0]!;
}

interface Import {
  file: string;
  specifier: string;
  typeOnly: boolean;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|svelte)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

function importsOf(file: string): Import[] {
  const source = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const pattern = /^\s*(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\bimport\("([^"]+)"\)/gm;
  return [...source.matchAll(pattern)].map((match) => ({
    file,
    specifier: (match[2] ?? match[3])!,
    typeOnly: match[1] !== undefined,
  }));
}

const isTest = (file: string) => /\.test\.ts$/.test(file);
const sources = filesBelow(main).filter((file) => !isTest(file));

/** Folder or door that an import of ours leads to, and whether it goes through an allowed entrance. */
function targetOf({ file, specifier }: Import): { area: string; path: string } | null {
  if (!specifier.startsWith(".")) return null;
  const target = resolve(dirname(file), specifier.replace(/\?.*$/, ""));
  const path = relative(main, target).replaceAll("\\", "/");
  if (path.startsWith("..")) return null;
  const inner = path.replace(/(\/index)?\.ts$/, "");
  const door = doors.find(
    (name) => inner === name || (name === "engine/runtime" && inner.startsWith("engine/runtime/")),
  );
  return { area: door ?? inner.split("/")[0]!, path: inner };
}

test("every folder of src-main stands in the table", () => {
  const folders = readdirSync(main, { withFileTypes: true });
  expect(folders.filter((entry) => entry.isFile()).map((entry) => entry.name)).toEqual([]);
  expect(folders.map((entry) => entry.name).filter((name) => !(name in arrows))).toEqual([]);
});

test("folders import only what the table allows", () => {
  const broken = sources.flatMap(importsOf).filter((entry) => {
    const target = targetOf(entry);
    if (target === null) return false;
    const from = areaOf(entry.file);
    const to = target.area;
    const home = relative(main, entry.file).split(/[/\\]/)[0]!;
    if (to.split("/")[0] === home && !(from === "engine" && to === "engine/runtime")) return false;
    if (from !== "engine" && from !== "engine/runtime" && ground.includes(to)) return false;
    return !arrows[from]!.includes(to);
  });
  expect(broken.map(({ file, specifier }) => `${relative(root, file)} -> ${specifier}`)).toEqual([]);
});

test("a folder is entered only through its index or a named door", () => {
  const broken = sources.flatMap(importsOf).filter((entry) => {
    const target = targetOf(entry);
    if (target === null) return false;
    const home = relative(main, entry.file).split(/[/\\]/)[0]!;
    if (target.path.split("/")[0] === home) return false;
    return !(target.path === target.area || doors.includes(target.path));
  });
  expect(broken.map(({ file, specifier }) => `${relative(root, file)} -> ${specifier}`)).toEqual([]);
});

test("reference tools share nothing with what they judge: only their tests may import the product", () => {
  const folder = join(root, "test/reference");
  const scenes = join(folder, "drawn-at-random.ts");
  const broken = filesBelow(folder)
    .filter((file) => !isTest(file) && file !== scenes)
    .flatMap(importsOf)
    .filter(
      ({ file, specifier }) =>
        dirname(resolve(dirname(file), specifier)) !== folder || resolve(folder, specifier) === scenes,
    );
  expect(broken.map(({ file, specifier }) => `${relative(root, file)} -> ${specifier}`)).toEqual([]);
});

test("heavy or dangerous packages are imported in one place only", () => {
  const homes: Record<string, RegExp> = {
    "onnxruntime-node": /^src-main\/engine\/runtime\//,
    "better-sqlite3": /^src-main\/project\//,
    electron: /^src-(main\/app|preload)\//,
    sharp: /^src-main\/imaging\//,
    "dicom-parser": /^src-main\/imaging\//,
    hono: /^src-main\/(api|app)\//,
  };
  const broken = sources.flatMap(importsOf).filter(({ file, specifier, typeOnly }) => {
    const home = homes[specifier.split("/")[0]!];
    return home !== undefined && !typeOnly && !home.test(relative(root, file).replaceAll("\\", "/"));
  });
  expect(broken.map(({ file, specifier }) => `${relative(root, file)} -> ${specifier}`)).toEqual([]);
});

test("the pure folders know nothing of Node", () => {
  const pure = ["problem", "random", "voxels", "metrics", "dataset", "networks", "training"];
  const broken = sources
    .filter((file) => pure.includes(areaOf(file)))
    .flatMap(importsOf)
    .filter(({ specifier }) => specifier.startsWith("node:"));
  expect(broken.map(({ file, specifier }) => `${relative(root, file)} -> ${specifier}`)).toEqual([]);
});

test("the interface takes values from voxels only, and types from the contract", () => {
  const broken = filesBelow(join(root, "src-renderer"))
    .filter((file) => !isTest(file))
    .flatMap(importsOf)
    .filter((entry) => {
      const target = targetOf(entry);
      if (target === null) return false;
      if (target.path === "voxels") return false;
      return !(entry.typeOnly && target.path === "api/contract");
    });
  expect(broken.map(({ file, specifier }) => `${relative(root, file)} -> ${specifier}`)).toEqual([]);
});

test("no file imports itself in a circle across folders", () => {
  const edges = new Map<string, Set<string>>();
  for (const entry of sources.flatMap(importsOf)) {
    const target = targetOf(entry);
    const from = areaOf(entry.file);
    if (target === null || entry.typeOnly || target.area === from) continue;
    edges.set(from, (edges.get(from) ?? new Set()).add(target.area));
  }
  const visiting: string[] = [];
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (area: string) => {
    if (visiting.includes(area)) circles.push([...visiting.slice(visiting.indexOf(area)), area].join(" -> "));
    if (visiting.includes(area) || done.has(area)) return;
    visiting.push(area);
    for (const next of edges.get(area) ?? []) visit(next);
    visiting.pop();
    done.add(area);
  };
  for (const area of edges.keys()) visit(area);
  expect(circles).toEqual([]);
});
