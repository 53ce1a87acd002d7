/** @file What a person without a mouse meets on the page of the moment. */
import type { Page } from "playwright-core";

/** More stops than any screen has. */
const MAX_STOPS = 400;

/** Goes once round by Tab. Tells of controls that are not reached, that are reached unseen, or that do not show the focus. */
export async function focusFaults(page: Page): Promise<string[]> {
  await page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
    document.querySelectorAll("[data-reached]").forEach((each) => each.removeAttribute("data-reached"));
    document.querySelectorAll("[data-at]").forEach((each) => each.removeAttribute("data-at"));
  });
  const faults: string[] = [];
  for (let stop = 0; stop < MAX_STOPS; stop++) {
    await page.keyboard.press("Tab");
    const fault = await page.evaluate(() => {
      const element = document.activeElement;
      // Past the last control the focus is the browser's own for a stop.
      if (element === null || element === document.body || element instanceof HTMLDialogElement) {
        document.querySelector("[data-at]")?.removeAttribute("data-at");
        return "edge";
      }
      // A field of a time has a stop for hours, for minutes, and for its clock.
      if (element.hasAttribute("data-at")) return null;
      document.querySelector("[data-at]")?.removeAttribute("data-at");
      if (element.hasAttribute("data-reached")) return "end";
      element.setAttribute("data-reached", "");
      element.setAttribute("data-at", "");
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      const isShown = (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
      const isInSight = box.width > 0 && box.right > 0 && box.bottom > 0 && box.x < innerWidth && box.y < innerHeight;
      const tag = element.outerHTML.slice(0, 160);
      // The field of the palette is the palette: its cursor is the sign.
      if (element.matches('[role="combobox"]')) return null;
      return isShown && isInSight ? null : `${isInSight ? "focus not seen" : "out of sight"}: ${tag}`;
    });
    if (fault === "end") break;
    if (fault !== null && fault !== "edge") faults.push(fault);
    if (stop === MAX_STOPS - 1) faults.push(`more than ${MAX_STOPS} stops`);
  }
  return [...faults, ...(await page.evaluate(missed))];
}

/** Controls that Tab did not come to. Of radio buttons of one name one is a stop. */
function missed(): string[] {
  const scope = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  const controls = [
    ...scope.querySelectorAll<HTMLElement>("button, input, select, textarea, summary, a[href], [tabindex='0']"),
  ];
  return controls
    .filter((each) => each.tabIndex >= 0 && !each.matches(":disabled, [type=radio], [type=hidden]"))
    .filter((each) => each.checkVisibility({ visibilityProperty: true }) && each.closest("[inert]") === null)
    .filter((each) => !each.hasAttribute("data-reached"))
    .map((each) => `not reached: ${each.outerHTML.slice(0, 160)}`);
}
