/** True where a key belongs to a field or a dialog, not to the screen behind it. */
export function isTyping(event: KeyboardEvent): boolean {
  if (!(event.target instanceof HTMLElement)) return false;
  const { target } = event;
  if (target.closest("dialog, textarea, select") !== null) return true;
  // Sliders and checkboxes use arrows and space only.
  if (target instanceof HTMLInputElement) {
    const isSlider = target.type === "range" || target.type === "checkbox" || target.type === "color";
    return !isSlider || /^(Arrow|Page|Home|End| )/.test(event.key);
  }
  return false;
}
