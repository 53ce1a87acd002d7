/**
 * @file Every trouble that is told to a person, found in the sources: it says what happened as a sentence and what to do next, and holds
 * nothing that only a programmer reads, or that says who or where the person is.
 */
import { readFileSync } from "node:fs";
import { globSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import type { ProblemCode } from "../src-main/problem/index.ts";

const root = join(import.meta.dirname, "..");

interface Told {
  place: string;
  code: string;
  /** Source of the expression; undefined where there is none. */
  title: string | undefined;
  detail: string | undefined;
  hint: string | undefined;
}

/** Literals with a code and a title: what `Problem` is made of. Fields that a function passes on are those of its callers. */
function toldIn(file: string): Told[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true);
  const told: Told[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      const field = (name: string): string | undefined => {
        const property = node.properties.find((each) => each.name?.getText(source) === name);
        if (property === undefined) return undefined;
        return ts.isPropertyAssignment(property) ? property.initializer.getText(source) : property.getText(source);
      };
      const isSpread = node.properties.some(ts.isSpreadAssignment);
      const [code, title] = [field("code"), field("title")];
      if (code !== undefined && title !== undefined && !isSpread) {
        const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
        told.push({ place: `${file}:${line}`, code, title, detail: field("detail"), hint: field("hint") });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return told;
}

const all = globSync("src-main/**/*.ts", { cwd: root })
  .filter((file) => !file.endsWith(".test.ts"))
  .flatMap(toldIn);

/** A person who cancels knows what to do next. */
const withoutHint = new Set<string>((["cancelled"] satisfies ProblemCode[]).map((code) => JSON.stringify(code)));

/** The last words of an expression that is written out. */
const isWritten = (expression: string): boolean => /^["'`]/.test(expression);
const endOf = (expression: string): string => expression.slice(1, -1).trimEnd();

describe("a trouble that is told to a person", () => {
  it("is found in the sources", () => expect(all.length).toBeGreaterThan(100));

  it("says what happened in one sentence", () => {
    const wrong = all.filter(({ title }) => isWritten(title!) && !/[.?}]$/.test(endOf(title!)));
    expect(wrong.map(({ place, title }) => `${place} ${title}`)).toEqual([]);
  });

  it("says what to do next", () => {
    const wrong = all.filter(({ code, hint }) => hint === undefined && !withoutHint.has(code));
    expect(wrong.map(({ place, code, title }) => `${place} ${code} ${title}`)).toEqual([]);
  });

  it("holds no message or stack of an error, no whole path, no name of a patient", () => {
    const raw = /\.message\b|\.stack\b|String\(error|homedir|process\.cwd|filePath\b|patientName|PatientName/;
    const wrong = all.filter(({ title, detail, hint }) => [title, detail, hint].some((text) => raw.test(text ?? "")));
    expect(wrong.map(({ place, title, detail }) => `${place} ${title} ${detail}`)).toEqual([]);
  });
});
