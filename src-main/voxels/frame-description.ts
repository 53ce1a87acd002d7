/**
 * @file What a frame's serialized form says beside its numbers and samples: windows, unit, place in the patient, overlays, as JSON whose byte arrays are
 * base64.
 */
import type { Frame } from "./frame.ts";
import type { FrameGeometry } from "./geometry.ts";
import type { Overlay } from "./overlay.ts";
import type { WindowPreset } from "./window.ts";

export type Described = Pick<Frame, "window" | "windows" | "unit" | "geometry" | "overlays">;

/** As it is written: the first of `windows` is `window`. */
interface Written {
  window?: WrittenWindow;
  windows?: WrittenWindow[];
  unit?: string;
  geometry?: FrameGeometry;
  overlays?: (Omit<Overlay, "bits"> & { bits: string })[];
}
type WrittenWindow = Exclude<WindowPreset, { table: unknown }> | WrittenTable;
interface WrittenTable {
  table: { first: number; bits: number; entries: string };
  explanation?: string;
}

/** UTF-8 JSON; empty when there is nothing to say. */
export function writeDescription({ window, windows, unit, geometry, overlays }: Described): Uint8Array {
  const written: Written = {
    ...(window === null ? {} : { window: writeWindow(window) }),
    ...(windows === undefined ? {} : { windows: windows.map(writeWindow) }),
    ...(unit === undefined ? {} : { unit }),
    ...(geometry === undefined ? {} : { geometry }),
    ...(overlays === undefined
      ? {}
      : { overlays: overlays.map(({ bits, ...rest }) => ({ ...rest, bits: toText(bits) })) }),
  };
  return Object.keys(written).length === 0 ? new Uint8Array(0) : new TextEncoder().encode(JSON.stringify(written));
}

/** Inverse of `writeDescription`; throws when the bytes are not its. */
export function readDescription(bytes: Uint8Array): Described {
  if (bytes.length === 0) return { window: null };
  const { window, windows, unit, geometry, overlays } = JSON.parse(new TextDecoder().decode(bytes)) as Written;
  return {
    window: window === undefined ? null : readWindow(window),
    ...(windows === undefined ? {} : { windows: windows.map(readWindow) }),
    ...(unit === undefined ? {} : { unit }),
    ...(geometry === undefined ? {} : { geometry }),
    ...(overlays === undefined
      ? {}
      : { overlays: overlays.map(({ bits, ...rest }) => ({ ...rest, bits: toBytes(bits) })) }),
  };
}

function writeWindow(window: WindowPreset): WrittenWindow {
  if (!("table" in window)) return window;
  const { entries, ...table } = window.table;
  const bytes = new Uint8Array(entries.buffer, entries.byteOffset, entries.byteLength);
  return { ...window, table: { ...table, entries: toText(bytes) } };
}

function readWindow(window: WrittenWindow): WindowPreset {
  if (!("table" in window)) return window;
  const { entries, ...table } = window.table;
  return { ...window, table: { ...table, entries: new Uint16Array(toBytes(entries).buffer) } };
}

function toText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function toBytes(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}
