/** @file The keyboard of the annotation screen. */
import type { ClassRow, LabelClass } from "../../../src-main/api/contract.ts";
import type { Easel } from "../../canvas/easel.svelte.ts";
import { isTyping } from "../../ui/typing.ts";
import type { AnnotateState } from "./Annotate.svelte.ts";
import { toolOfKey } from "./tool-keys.ts";

export function annotateKey(event: KeyboardEvent, annotate: AnnotateState, classes: readonly ClassRow[]): void {
  if (isTyping(event)) return;
  const isHandled =
    event.ctrlKey || event.metaKey
      ? historyKey(event, annotate)
      : classKey(event, annotate, classes) ||
        stepKey(event, annotate) ||
        redactionKey(event, annotate) ||
        easelKey(event, annotate.easel, classes);
  if (isHandled) event.preventDefault();
}

function historyKey(event: KeyboardEvent, annotate: AnnotateState): boolean {
  const key = event.key.toLowerCase();
  if (key === "z" && !event.shiftKey) void annotate.undo();
  else if (key === "y" || (key === "z" && event.shiftKey)) void annotate.redo();
  else return false;
  return true;
}

function stepKey({ key }: KeyboardEvent, annotate: AnnotateState): boolean {
  if (key === "ArrowLeft" || key === "ArrowUp" || key === "PageUp") annotate.step(-1);
  else if (key === "ArrowRight" || key === "ArrowDown" || key === "PageDown") annotate.step(1);
  else if (key === "Home") annotate.step(-Infinity);
  else if (key === "End") annotate.step(Infinity);
  else return false;
  return true;
}

/** The class of a digit: chosen; with Shift hidden or shown, with Alt locked or not. By place: Shift changes the sign of the key. */
function classKey(event: KeyboardEvent, annotate: AnnotateState, classes: readonly ClassRow[]): boolean {
  // Where brackets lie on digits, AltGr writes them.
  if (event.getModifierState("AltGraph")) return false;
  const digit = /^Digit([1-9])$/.exec(event.code)?.[1] ?? /^[1-9]$/.exec(event.key)?.[0];
  const labelClass = digit === undefined ? undefined : classes[Number(digit) - 1];
  if (labelClass === undefined) return false;
  const { value, isHidden, isLocked } = labelClass;
  if (event.altKey) annotate.changeClass(value, { isLocked: !isLocked });
  else if (event.shiftKey) annotate.changeClass(value, { isHidden: !isHidden });
  else void annotate.chooseClass(value);
  return true;
}

/** The redaction tool; all keys but N work while it is held. */
function redactionKey({ key, altKey, target }: KeyboardEvent, { easel, redacting }: AnnotateState): boolean {
  if (altKey || redacting.isConfirming) return false;
  const name = key.toLowerCase();
  if (name === "n") {
    void redacting.review(true);
    return true;
  }
  if (easel.toolName !== "redact") return false;
  const { redaction } = easel;
  if (name === "s") redaction.acceptAll();
  else if (name === "q") redaction.isPreviewed = !redaction.isPreviewed;
  else if (name === "delete" || name === "backspace") redaction.remove(redaction.rectangles.length - 1);
  else if (name === "enter" && !(target instanceof HTMLButtonElement)) redacting.confirm();
  else return false;
  return true;
}

/** Keys that work wherever there is an easel, the review screen included. */
export function easelKey(event: KeyboardEvent, easel: Easel, classes: readonly LabelClass[]): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.key >= "1" && event.key <= "9") {
    const chosen = classes[Number(event.key) - 1];
    if (chosen === undefined) return false;
    easel.chooseClass(chosen.value);
    return true;
  }
  const toolName = toolOfKey(event.key);
  if (toolName !== undefined) {
    easel.toolName = toolName;
    return true;
  }
  switch (event.key.toLowerCase()) {
    case "[":
      easel.changeBrush(-1);
      return true;
    case "]":
      easel.changeBrush(1);
      return true;
    case "f":
      easel.fit();
      return true;
    case "0":
      easel.actualSize();
      return true;
    case "+":
    case "=":
      easel.zoomBy(1.25);
      return true;
    case "-":
      easel.zoomBy(0.8);
      return true;
    case "l":
      easel.isLabelsShown = !easel.isLabelsShown;
      return true;
    default:
      return windowKey(event, easel);
  }
}

/** Keys of how brightness is shown: they change nothing but the view. */
export function windowKey(event: KeyboardEvent, easel: Easel): boolean {
  switch (event.key.toLowerCase()) {
    case "k":
      easel.stepWindow(event.shiftKey ? -1 : 1);
      return true;
    case "i":
      easel.isInverted = !easel.isInverted;
      return true;
    case "y":
      easel.isOverlayShown = !easel.isOverlayShown;
      return true;
    case "r":
      easel.resetWindow();
      return true;
    default:
      return false;
  }
}
