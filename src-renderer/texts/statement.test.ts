import { afterEach, expect, test, vi } from "vitest";
import { speak } from "./index.ts";
import { languageOfStatement, stated } from "./statement.ts";

vi.stubGlobal("document", { documentElement: { lang: "" } });
afterEach(() => speak("en"));

const kept = {
  text: "The longest series has {longest} slices, a patch {slices}: the rest of it is empty. Fewer slices of a patch take less time.",
  values: { longest: 4, slices: 1600 },
};

test("what a run was told is said in the language of the window, numbers as it writes them", () => {
  expect(stated(kept)).toMatch(/has 4 slices, a patch 1,600:/);
  expect(languageOfStatement(kept)).toBe("en");
  speak("zh");
  expect(stated(kept)).toMatch(/最长的系列有 4 张切片.* 1,600 张/);
  expect(languageOfStatement(kept)).toBe("zh-CN");
});

test("words that are not known, of an older version, stand as they were written", () => {
  speak("zh");
  const old = { text: "Only {one} thing.", values: {} };
  expect(stated(old)).toBe("Only {one} thing.");
  expect(languageOfStatement(old)).toBe("en");
});
