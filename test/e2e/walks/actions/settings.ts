/** @file What is set in the annotation screen and changes no pixel: class, locks, what is shown, brush, view. */
import type { Chord } from "../hand.ts";
import { CLASSES, type Walker } from "../walker.ts";

export async function chooseClass(walker: Walker): Promise<void> {
  const index = walker.random.integer(CLASSES.length);
  walker.classValue = index + 1;
  walker.hidden.delete(index + 1);
  walker.note(`chooses class ${index + 1}`);
  await walker.press({ key: String(index + 1), code: `Digit${index + 1}` });
}

export async function lock(walker: Walker): Promise<void> {
  const value = 1 + walker.random.integer(CLASSES.length);
  walker.note(`${walker.isLocked(value) ? "un" : ""}locks class ${value}`);
  toggle(walker.locked, value);
  await walker.press({ key: String(value), code: `Digit${value}`, alt: true });
}

export async function hide(walker: Walker): Promise<void> {
  const value = 1 + walker.random.integer(CLASSES.length);
  walker.note(`${walker.hidden.has(value) ? "shows" : "hides"} class ${value}`);
  toggle(walker.hidden, value);
  await walker.press({ key: "!", code: `Digit${value}`, shift: true });
}

export async function changeBrushSize(walker: Walker): Promise<void> {
  const isLarger = walker.random.uniform() < 0.4;
  await walker.press(...Array.from({ length: 3 }, () => ({ key: isLarger ? "]" : "[" })));
}

/** The brush paints only on some values. */
export async function limitBrush(walker: Walker): Promise<void> {
  walker.isLimited = !walker.isLimited;
  walker.note(`brush ${walker.isLimited ? "" : "not "}limited to values`);
  await walker.hand.page.evaluate(() => {
    const label = [...document.querySelectorAll("label")].find((each) => each.textContent.includes("Paint only on"));
    label!.querySelector("input")!.click();
  });
}

export async function changeView(walker: Walker): Promise<void> {
  const chords: Chord[] = [
    { key: "+" },
    { key: "-" },
    { key: "f", code: "KeyF" },
    { key: "R", code: "KeyR", shift: true },
    { key: "L", code: "KeyL", shift: true },
    { key: "F", code: "KeyF", shift: true },
    { key: "V", code: "KeyV", shift: true },
  ];
  const chord = chords[walker.random.integer(chords.length)]!;
  walker.note(`view ${chord.shift ? "Shift+" : ""}${chord.key}`);
  await walker.press(chord);
}

function toggle(set: Set<number>, value: number): void {
  if (!set.delete(value)) set.add(value);
}
