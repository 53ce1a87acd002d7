/** @file Programs of a painting, compiled when they are first asked for and kept. */
import type { Program } from "../../engine/index.ts";
import type { CompiledProgram, ParameterStore } from "../../engine/runtime/index.ts";
import type { PaintOptions } from "../trained-models.ts";

export class PaintingPrograms {
  readonly #compiled = new Map<string, CompiledProgram>();
  readonly #store: ParameterStore;

  constructor(store: ParameterStore) {
    this.#store = store;
  }

  /** `onCompile` is told before what takes seconds, and may throw to end the painting there. */
  async get(key: string, program: () => Program, onCompile?: PaintOptions["onCompile"]): Promise<CompiledProgram> {
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    await onCompile?.();
    const made = await this.#store.compile(program());
    this.#compiled.set(key, made);
    return made;
  }

  /** Makes room; what is asked for afterwards is compiled anew. */
  async release(): Promise<void> {
    const all = [...this.#compiled.values()];
    this.#compiled.clear();
    for (const one of all) await one.release();
  }
}
