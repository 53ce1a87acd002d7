/** @file Components hold no words of their own: every text of the interface stands in src-renderer/texts. */
import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "svelte/compiler";
import { expect, test } from "vitest";
import { privacyForm } from "../src-main/imaging/index.ts";
import { methods } from "../src-main/methods/index.ts";
import { catalogues } from "../src-renderer/texts/index.ts";
import { statementsIn } from "./statements.ts";

const folder = resolve(import.meta.dirname, "../src-renderer");

/** Attributes that people read or hear; the rest name things for the browser. */
const readable =
  /^(aria-label|aria-description|aria-valuetext|aria-roledescription|title|placeholder|alt|label|help|text|closeLabel|summary)$/;

interface Node {
  type: string;
  name?: string;
  operator?: string;
  [key: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "type" in value;

/** What a leaf of the tree says, if it is text. */
const spoken: Record<string, (node: Node) => unknown> = {
  Text: ({ data }) => data,
  Literal: ({ value }) => value,
  TemplateElement: ({ value }) => (value as { raw: string }).raw,
};

/** Words in markup: text and readable attributes that are written out, and strings in their expressions. */
function wordsIn(source: string): string[] {
  const words: string[] = [];
  const visit = (node: unknown, isShown: boolean): void => {
    if (Array.isArray(node)) return node.forEach((each) => visit(each, isShown));
    if (!isNode(node)) return;
    const said = isShown ? spoken[node.type]?.(node) : undefined;
    if (typeof said === "string") words.push(said.trim());
    for (const [key, child] of Object.entries(node)) visit(child, showsBelow(node, key, isShown));
  };
  visit(parse(source, { modern: true }).fragment, false);
  return words.filter((each) => /\p{L}{2}/u.test(each));
}

/** Whether people see what stands under `key` of a node. What is compared, called or looked up is not seen. */
function showsBelow({ type, name, operator }: Node, key: string, isShown: boolean): boolean {
  switch (type) {
    case "Fragment":
      return true;
    case "Attribute":
      return readable.test(name ?? "");
    case "ConditionalExpression":
      return isShown && key !== "test";
    case "LogicalExpression":
      return isShown && key === "right";
    case "BinaryExpression":
      return isShown && operator === "+";
    case "ExpressionTag":
    case "TemplateLiteral":
      return isShown;
    default:
      return false;
  }
}

test("words in markup are found", () => {
  const source = `<script>const a = "not shown";</script>
    <p class="none" aria-label="Heard">{a === "no" ? "Seen" : t.other}{\`Also \${a}\`}{call("no")}</p>`;
  expect(wordsIn(source)).toEqual(["Heard", "Seen", "Also"]);
});

test("no component holds a text of the interface", () => {
  const found = globSync("**/*.svelte", { cwd: folder })
    .flatMap((file) => wordsIn(readFileSync(join(folder, file), "utf8")).map((words) => `${file}: ${words}`))
    .toSorted();
  // Units and names of keys are the same in every language.
  expect(found.filter((each) => !/: (mm|px|Dice|DICOM|Alt|Ctrl|Esc)$/.test(each))).toEqual([]);
});

/** The same in every language. */
const NAMES = new Set(["ResNet-18", "U-Net", "DeepLab", "DPM-Solver++ 2M", "DDIM", "RegGAN", "pix2pix"]);

test("what methods and de-identification declare is said in every language", () => {
  const settings = methods.flatMap(({ settings: fields, paintSettings }) => [...fields, ...paintSettings]);
  const ofMethods = [
    ...methods.flatMap(({ title, summary }) => [title, summary]),
    ...methods.flatMap(({ presets = [] }) => presets.flatMap(({ title, summary }) => [title, summary])),
    ...settings.flatMap(({ label, help }) => [label, help]),
    ...settings.flatMap((field) => ("options" in field ? field.options.map((one) => field.names?.[one] ?? one) : [])),
  ].filter((words) => !NAMES.has(words));
  const ofPrivacy = Object.values(privacyForm).flatMap((field) => [
    field.label,
    field.help,
    ...("choices" in field ? field.choices.map(({ label }) => label) : []),
  ]);
  const { en: _, ...others } = catalogues;
  for (const { tag, declared } of Object.values(others)) {
    const missing = [...ofMethods, ...ofPrivacy].filter((words) => declared(words) === words);
    expect(missing, tag).toEqual([]);
  }
});

test("what runs are told and keep has its values named, and is said in every language with all of them", () => {
  const found = globSync("src-main/**/*.ts", { cwd: resolve(folder, "..") })
    .filter((file) => !file.endsWith(".test.ts"))
    .flatMap((file) => statementsIn(join(folder, "..", file)));
  expect(found.length).toBeGreaterThan(15);
  const placesIn = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!).toSorted();
  for (const { text, names } of found) if (names !== null) expect(placesIn(text), text).toEqual(names.toSorted());
  for (const { tag, declared } of Object.values(catalogues)) {
    for (const { text } of found) {
      // Nothing to translate: names and what a driver said.
      if (!/\w{2}/.test(text.replaceAll(/\{\w+\}/g, ""))) continue;
      if (tag !== "en") expect(declared(text), tag).not.toBe(text);
      expect(placesIn(declared(text)), text).toEqual(placesIn(text));
    }
  }
});
