import { expect, test } from "vitest";
import { chinese } from "./zh.ts";
import { english } from "./en.ts";
import { languageOf } from "./index.ts";

type Sentence = (...of: unknown[]) => string;

/** Every text by its path; formats are no texts. */
function textsOf(catalogue: object, path: string[] = []): [path: string, text: string | Sentence][] {
  return Object.entries(catalogue).flatMap(([key, value]): [string, string | Sentence][] => {
    if (path.length === 0 && (key === "formats" || key === "tag")) return [];
    const here = [...path, key];
    if (typeof value === "string" || typeof value === "function") return [[here.join("."), value as string | Sentence]];
    return textsOf(value as object, here);
  });
}

const inEnglish = new Map(textsOf(english));
const inChinese = new Map(textsOf(chinese));

/** Where numbers for all parameters would not be understood. */
const samples: Record<string, unknown[][]> = {
  declared: [],
  "labels.about": [
    [{ kind: "class", scope: "image" }, "case 71"],
    [{ kind: "grade", scope: "patient" }, "case 71"],
    [{ kind: "number", scope: "patient" }, "case 71"],
  ],
  "labels.advances": [["image"], ["patient"]],
  "annotate.measure.readOut": (["mm", "mm²", "px", "px²", "rad"] as const).map((unit) => [{ value: 71, unit }]),
  "annotate.readOut.pixel": [[{ x: 71, y: 72 }]],
  "annotate.readOut.value": [
    [[71, 72.5], "HU"],
    [[71], null],
  ],
  "annotate.readOut.plane": [[{ x: 71, y: 72 }]],
  "annotate.readOut.patient": [
    [
      [
        ["L", 71],
        ["A", 72],
      ],
    ],
  ],
  "annotate.windowNumbers": [["71", { center: 72, width: 73 }]],
  "redaction.rectangle": [[{ x: 71, y: 72, width: 73, height: 74 }]],
  "redaction.remove": [[{ x: 71, y: 72 }]],
  "import.manyImages": [[71, ["72", "73"]]],
  "import.classesMade": [[["71", "72"]]],
  "import.earlierRow": [[{ imported: 71, masks: 72, refused: 73 }], [{ imported: 71, masks: 72, refused: 0 }]],
  "data.bulk.travelled": (["split", "accept", "reject", "remove", "label"] as const).flatMap((kind) => [
    ["undo", kind, 71, 0],
    ["redo", kind, 71, 72],
  ]),
  "annotate.provenance.acceptance": [
    ["71", true],
    ["71", false],
  ],
  "review.regions.is": [
    ["doubt", "case 71", 72],
    ["part", "case 71", 1],
  ],
  "value.gained": [["71", "7.2", 95, "5.1", "9.3", "73", 74, "75"]],
  "value.lost": [["71", "7.2", 95, "5.1", "9.3", "73", 74, "75"]],
  "value.noGain": [["71", "7.2", 95, "-5.1", "9.3", "73", 74, "75"]],
  "train.deviceNames": [["cpu"], ["another"]],
  "train.advice.tooFewReason": [
    [0, null],
    [3, 6],
  ],
  "train.history.frames": [
    [{ labelled: 71, validated: 72, unlabelled: 0 }],
    [{ labelled: 71, validated: 72, unlabelled: 73 }],
  ],
  "synthesise.runCounts": [
    [{ made: 71, accepted: 72, rejected: 73, withheld: 0 }],
    [{ made: 71, accepted: 72, rejected: 73, withheld: 74 }],
  ],
  "synthesise.origin.scaled": [
    ["both", 1.12],
    ["x", 0.9],
    ["y", 0.9],
  ],
  "synthesise.origin.moved": [
    [0.05, -0.04],
    [0, 0.08],
  ],
  "data.leaks.between": [[["71", "72"]]],
  "data.leaks.look": [[["71", "72"]]],
  "synthesise.drawnForGrade": [
    [{ name: "71", grade: "72", isPredicted: true }],
    [{ name: "71", grade: "72", isPredicted: false }],
  ],
};

/** Numbers that differ, and the smallest, which English words otherwise. */
const numbers = [
  [71, 72, 73, 74],
  [1, 1, 1, 1],
  [71, 0, 0, 0],
  [7200, 71, 72, 73],
];

/** With numbers, or with words made of them where the sentence wants words. */
function call(say: Sentence, parameters: unknown[]): string {
  try {
    return say(...parameters);
  } catch {
    return say(...parameters.map(String));
  }
}

/** Numbers that a sentence tells; "1" may be a word: "image". */
const told = (text: string): string[] =>
  (text.match(/\d+(?:[,.]\d+)*/g) ?? []).filter((each) => each !== "1").toSorted();

test("another language says every text, and nothing beside", () => {
  expect([...inChinese.keys()]).toEqual([...inEnglish.keys()]);
  expect([...inChinese].filter(([, text]) => text === "")).toEqual([]);
});

test.each([...inEnglish].filter(([, text]) => typeof text === "function"))(
  "%s tells the same of the same in every language",
  (path, say) => {
    const translated = inChinese.get(path) as Sentence;
    for (const parameters of samples[path] ?? numbers) {
      const [here, there] = [call(say as Sentence, parameters), call(translated, parameters)];
      expect(typeof there).toBe("string");
      expect(`${here} ${there}`).not.toMatch(/undefined|NaN|\[object/);
      expect(told(there)).toEqual(told(here));
    }
  },
);

test("texts are really translated: only names and signs are the same", () => {
  const same = [...inEnglish].filter(([path, text]) => typeof text === "string" && inChinese.get(path) === text);
  expect(same.map(([, text]) => text).filter((text) => /[a-z]{3}/.test(text as string))).toEqual([
    "Aliquot",
    "English",
    "Enter / ⌫",
    "Dice",
    "Dice",
  ]);
});

test("numbers and plurals are written as the language writes them", () => {
  expect(english.units.images(1)).toBe("1 image");
  expect(english.units.images(12_345)).toBe("12,345 images");
  expect(chinese.units.images(12_345)).toBe("12,345 张图像");
  expect(english.formats.date(Date.UTC(2026, 4, 17, 12))).toBe("May 17, 2026");
  expect(chinese.formats.date(Date.UTC(2026, 4, 17, 12))).toBe("2026年5月17日");
  expect(english.formats.list(["a", "b", "c"])).toBe("a, b, and c");
  expect(chinese.formats.list(["甲", "乙", "丙"])).toBe("甲、乙和丙");
});

test("the language is the chosen one, else the first of the system's that is known, else English", () => {
  expect(languageOf("zh", ["en-US"])).toBe("zh");
  expect(languageOf("system", ["de-DE", "zh-Hans-CN", "en"])).toBe("zh");
  expect(languageOf("system", ["de-DE"])).toBe("en");
});
