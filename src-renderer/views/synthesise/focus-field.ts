/** @file The field of a dialog that is filled in first. */

/** Once the dialog is open, which gives the focus to its first button. */
export function focusField(field: HTMLInputElement): void {
  queueMicrotask(() => {
    field.focus();
    field.select();
  });
}
