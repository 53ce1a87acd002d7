/** @file Finds in a source the statements that are kept as words with places for values: literals of `text` and `values`. */
import { readFileSync } from "node:fs";
import ts from "typescript";

export interface WrittenStatement {
  text: string;
  /** Of the values; null where they are made elsewhere. */
  names: string[] | null;
}

/** Throws where the words of a statement are put together: then no other language could know them. */
export function statementsIn(file: string): WrittenStatement[] {
  const written = readFileSync(file, "utf8");
  if (!/\bvalues\b/.test(written)) return [];
  const source = ts.createSourceFile(file, written, ts.ScriptTarget.Latest, true);
  const found: WrittenStatement[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      const field = (name: string) => node.properties.find((each) => each.name?.getText(source) === name);
      const [text, values] = [field("text"), field("values")];
      if (text !== undefined && values !== undefined) found.push({ text: wordsOf(text), names: namesIn(values) });
    }
    ts.forEachChild(node, visit);
  };
  const wordsOf = (text: ts.ObjectLiteralElementLike): string => {
    if (ts.isPropertyAssignment(text) && ts.isStringLiteral(text.initializer)) return text.initializer.text;
    throw new Error(`${file}: the words of a statement are one string: ${text.getText(source)}`);
  };
  const namesIn = (values: ts.ObjectLiteralElementLike): string[] | null => {
    if (!ts.isPropertyAssignment(values) || !ts.isObjectLiteralExpression(values.initializer)) return null;
    return values.initializer.properties.map((each) => each.name!.getText(source));
  };
  visit(source);
  return found;
}
