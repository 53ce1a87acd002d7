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

/** What the system lets the window do: tell at once, ask the person first, or nothing. */
export function notificationAccess(): "granted" | "ask" | "none" {
  if (desktopShell() !== null) return "granted";
  if (!("Notification" in window) || Notification.permission === "denied") return "none";
  return Notification.permission === "granted" ? "granted" : "ask";
}

/** The browser's question, where it has one. Only after a click: browsers ignore it otherwise. */
export async function askForNotifications(): Promise<boolean> {
  if (notificationAccess() === "ask") await Notification.requestPermission();
  return notificationAccess() === "granted";
}

/** Says that a long task ended, if the person looks elsewhere. A click on it comes back to the window and calls `onClick`. */
export function notifyEnd(title: string, body: string, onClick: () => void): void {
  if ((!document.hidden && document.hasFocus()) || notificationAccess() !== "granted") return;
  const shell = desktopShell();
  if (shell !== null) {
    shell.notify(title, body);
    return;
  }
  const notification = new Notification(title, { body });
  notification.onclick = () => {
    window.focus();
    notification.close();
    onClick();
  };
}
