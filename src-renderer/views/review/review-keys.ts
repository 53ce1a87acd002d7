/** @file The keyboard of the review screen. While a proposal is edited the keys belong to the brush. */
import type { LabelClass } from "../../../src-main/api/contract.ts";
import { isTyping } from "../../ui/typing.ts";
import { easelKey, windowKey } from "../annotate/annotate-keys.ts";
import type { ReviewState } from "./Review.svelte.ts";

export function reviewKey(event: KeyboardEvent, review: ReviewState, classes: readonly LabelClass[]): void {
  if (isTyping(event)) return;
  const isHandled = review.isEditing ? editKey(event, review, classes) : decisionKey(event, review);
  if (isHandled) event.preventDefault();
}

function editKey(event: KeyboardEvent, review: ReviewState, classes: readonly LabelClass[]): boolean {
  if (event.defaultPrevented) return false; // a tool took the key: it closed an outline or dropped it
  if (event.key === "Enter") void review.saveEdit();
  else if (event.key === "Escape") review.discardEdit();
  else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") review.undoStroke();
  else return easelKey(event, review.easel, classes);
  return true;
}

function decisionKey(event: KeyboardEvent, review: ReviewState): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return false;
  switch (event.key.toLowerCase()) {
    case "a":
      void review.accept();
      return true;
    case "x":
      void review.reject();
      return true;
    case "e":
      review.edit();
      return true;
    case "u":
      void review.undoDecision();
      return true;
    case "c":
      review.easel.isConfidenceShown = !review.easel.isConfidenceShown;
      return true;
    case "arrowleft":
      review.skip(-1);
      return true;
    case "arrowright":
      review.skip(1);
      return true;
    case "l":
      review.easel.isLabelsShown = !review.easel.isLabelsShown;
      return true;
    case "f":
      review.easel.fit();
      return true;
    case "0":
      review.easel.actualSize();
      return true;
    default:
      return windowKey(event, review.easel);
  }
}
