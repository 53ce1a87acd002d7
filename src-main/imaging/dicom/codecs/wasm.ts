/**
 * @file Codecs that were compiled to WebAssembly by Emscripten: loaded when first needed, once in a process.
 */
import { createRequire } from "node:module";
import { CannotDecode, type DecodeCodestream, type FrameDecoder } from "./codec.ts";

/** What the four codec packages have in common. Memory of the instance is freed by `delete` only. */
export interface WasmDecoder {
  /** Room for the codestream inside the instance's memory. */
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  /** A view of the instance's memory: copy it before `delete`. Some codecs give a clamped array, which would lose signs. */
  getDecodedBuffer(): Uint8Array | Uint8ClampedArray;
  getFrameInfo(): WasmFrameInfo;
  delete(): void;
}

export interface WasmFrameInfo {
  width: number;
  height: number;
  bitsPerSample?: number;
  componentCount: number;
  isSigned?: boolean;
}

interface WasmModule {
  /** CharLS turns the address of a C++ exception into its text. */
  getExceptionMessage?: (exception: number) => string;
  [decoder: string]: unknown;
}

type WasmFactory = (options: {
  print: (line: string) => void;
  printErr: (line: string) => void;
}) => Promise<WasmModule>;

const requireModule = createRequire(import.meta.url);

/** What `decode` of a codec gets: a fresh decoder that has read the codestream, freed afterwards. */
type ReadDecoded<Decoder> = (
  run: (codestream: Uint8Array) => { decoder: Decoder; info: WasmFrameInfo; bytes: Uint8Array },
) => DecodeCodestream;

/**
 * A decoder of the package's module `path` whose class is `className`. When the instance breaks (its memory is exhausted, it stopped
 * itself) it is thrown away, and the next file gets a new one.
 */
export function wasmDecoder<Decoder extends WasmDecoder>(
  { name, path, className }: { name: string; path: string; className: string },
  read: ReadDecoded<Decoder>,
): FrameDecoder {
  let loading: Promise<DecodeCodestream> | null = null;
  const instantiate = async (): Promise<DecodeCodestream> => {
    const lines: string[] = [];
    const note = (line: string): void => void (lines.length < 8 && lines.push(line));
    const module = await (requireModule(path) as WasmFactory)({ print: note, printErr: note });
    const Decoder = module[className] as new () => Decoder;
    return (codestream, expected) => {
      lines.length = 0;
      let decoder: Decoder | null = null;
      try {
        decoder = new Decoder();
        const running = decoder;
        return read((bytes) => {
          running.getEncodedBuffer(bytes.length).set(bytes);
          running.decode();
          const { buffer, byteOffset, byteLength } = running.getDecodedBuffer();
          return {
            decoder: running,
            info: running.getFrameInfo(),
            bytes: new Uint8Array(buffer, byteOffset, byteLength),
          };
        })(codestream, expected);
      } catch (error) {
        if (error instanceof CannotDecode) throw error;
        // A C++ exception leaves the instance sound; anything else (a trap, exhausted memory) may not.
        if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
          loading = null;
          decoder = null;
        }
        throw new CannotDecode(reasonOf(error, module, lines));
      } finally {
        decoder?.delete();
      }
    };
  };
  return {
    name,
    load: () => {
      loading ??= instantiate().catch((error: unknown) => {
        loading = null;
        throw error;
      });
      return loading;
    },
  };
}

function reasonOf(error: unknown, module: WasmModule, lines: string[]): string {
  let reason: string;
  if (typeof error === "number") reason = module.getExceptionMessage?.(error) ?? "";
  else reason = error instanceof Error ? error.message : "";
  return [reason, ...lines].map((line) => line.trim()).find((line) => line !== "") ?? "its codestream is broken";
}
