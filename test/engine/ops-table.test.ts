/** @file OPS.md is what the list of ops says. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { OPS_FILE, opsDocument } from "./ops-table.ts";

test("the table of ops is up to date", () => {
  expect(readFileSync(OPS_FILE, "utf8"), "run npm run ops-table").toBe(opsDocument());
});
