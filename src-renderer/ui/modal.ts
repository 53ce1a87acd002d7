/** @file The browser's own modal dialog: the window's state alone says whether it is open, and the focus goes back to where it was. */

/**
 * Attachment: shows a dialog as modal and asks for its end when Escape is pressed. The browser would close it and tell of that in a later task, in
 * which the same dialog may have been asked for again: that news closed the new one. So the key's own event is heard, and what hears it takes
 * the dialog away, or leaves it open.
 */
export const modal = (onClose: () => void) => (dialog: HTMLDialogElement) => {
  const before = document.activeElement;
  const cancel = (event: Event): void => {
    if (event.target !== dialog) return; // a file field in it has a "cancel" of its own
    event.preventDefault();
    onClose();
  };
  const close = (): void => onClose();
  dialog.addEventListener("cancel", cancel);
  // The browser closes without asking when Escape comes twice with nothing between.
  dialog.addEventListener("close", close);
  dialog.showModal();
  return () => {
    dialog.removeEventListener("cancel", cancel);
    dialog.removeEventListener("close", close);
    const isFocusLost = document.activeElement === document.body || document.activeElement === null;
    if (isFocusLost && before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
  };
};
