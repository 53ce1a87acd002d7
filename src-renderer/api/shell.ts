/** @file What the desktop window can do and a browser tab cannot. Filled by src-preload; absent in the browser. */

export interface AliquotShell {
  /** Path of a dropped or chosen file; "" if it has none. */
  pathOfFile(file: File): string;
  /** null when the person cancels. */
  chooseFolder(title: string): Promise<string | null>;
  chooseProject(title: string): Promise<string | null>;
  notify(title: string, body: string): void;
}

declare global {
  interface Window {
    aliquotShell?: AliquotShell;
  }
}

/** The desktop's dialogs, or null in a browser tab, where the folder browser takes their place. */
export function desktopShell(): AliquotShell | null {
  return window.aliquotShell ?? null;
}

/** Says that a long task ended, if the person looks elsewhere and has allowed it. */
export function notifyEnd(title: string, body: string): void {
  if (!document.hidden) return;
  const shell = desktopShell();
  if (shell !== null) shell.notify(title, body);
  else if ("Notification" in window && Notification.permission === "granted") new Notification(title, { body });
}
