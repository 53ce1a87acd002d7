/**
 * @file A chord is a key with its modifiers, as text: "B", "Shift+K", "Mod+Shift+Z", "ArrowLeft", "[". Mod is Ctrl, and
 * Command on a Mac. Shift is named with letters, digits and named keys only: "+" is "+" on every keyboard. Digits go by place, since Shift
 * makes another sign of them, and on a French keyboard makes them digits.
 */

/** What a chord is read from; a KeyboardEvent is one. */
export interface KeyPress {
  key: string;
  /** Place of the key on the keyboard, as KeyboardEvent.code. */
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  getModifierState?(name: string): boolean;
}

const modifierKeys = new Set([
  "Control",
  "Shift",
  "Alt",
  "Meta",
  "AltGraph",
  "CapsLock",
  "Dead",
  "Process",
  "Unidentified",
]);

/** The chord of a pressed key; null for a modifier alone. */
export function chordOf(press: KeyPress): string | null {
  if (modifierKeys.has(press.key)) return null;
  // AltGr writes the brackets of many keyboards, and tells of itself as Ctrl + Alt.
  const isAltGraph = press.getModifierState?.("AltGraph") === true;
  const isAlt = press.altKey && !isAltGraph;
  const key = keyName(press, { isAlt, isAltGraph });
  const isSymbol = key.length === 1 && !/[A-Z0-9]/.test(key) && key !== " ";
  return [
    (press.ctrlKey || press.metaKey) && !isAltGraph ? "Mod+" : "",
    isAlt ? "Alt+" : "",
    press.shiftKey && !isSymbol ? "Shift+" : "",
    key === " " ? "Space" : key,
  ].join("");
}

/** Letters by what is written on them; by their place where that is not Latin, or where Alt makes them another sign. */
function keyName({ key, code }: KeyPress, { isAlt, isAltGraph }: { isAlt: boolean; isAltGraph: boolean }): string {
  const byPlace = /^(?:Key([A-Z])|Digit([0-9]))$/.exec(code);
  const isLatin = key.length > 1 || /^[\x20-\x7e]$/.test(key);
  if (byPlace?.[2] !== undefined && !isAltGraph) return byPlace[2];
  if (byPlace?.[1] !== undefined && (isAlt || !isLatin)) return byPlace[1];
  return key.length === 1 ? key.toUpperCase() : key;
}

const signs: Record<string, string> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
  Backspace: "⌫",
  Delete: "Del",
  PageUp: "PgUp",
  PageDown: "PgDn",
};

/** As it is written on the screen: "Ctrl+Z", on a Mac "⌘Z". */
export function chordText(chord: string, isMac: boolean): string {
  const [, mod, alt, shift, key] = /^(Mod\+)?(Alt\+)?(Shift\+)?(.+)$/s.exec(chord)!;
  const sign = signs[key!] ?? key!;
  if (isMac) return `${alt ? "⌥" : ""}${shift ? "⇧" : ""}${mod ? "⌘" : ""}${sign}`;
  return `${mod ? "Ctrl+" : ""}${alt ? "Alt+" : ""}${shift ? "Shift+" : ""}${sign}`;
}

/** Keys that belong to fields, buttons and the window itself, and can be no command's. */
export function isReserved(chord: string): boolean {
  return /^(Shift\+)?Tab$|^Space$|^(Mod\+)(Shift\+)?[CVXAWTNQ]$|^F5$|^F12$|^Mod\+R$|^Alt\+F4$/.test(chord);
}
