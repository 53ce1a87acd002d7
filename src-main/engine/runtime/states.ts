/**
 * @file The values of a store's states, on the host or on the device. A run makes new tensors and those it read are freed.
 * Handing ONNX Runtime buffers to write to would cost more: its Node binding copies what it wrote there into a new array.
 */
import type { Tensor as OrtTensor } from "onnxruntime-node";
import { sameShape, sizeOf, type RandomSource, type Shape } from "../graph.ts";
import type { StateSpec } from "../program.ts";
import type { DeviceMemory } from "./device-memory.ts";
import type { RunnableSession } from "./profile.ts";
import { toOrtTensor } from "./session.ts";

/** A state's value outside the store. */
export interface StateValue {
  readonly shape: Shape;
  readonly data: Float32Array<ArrayBuffer>;
}

export type State = Readonly<Record<string, StateValue>>;

interface Slot {
  readonly shape: Shape;
  current: OrtTensor;
  /** The session that made `current`, where that is a device tensor: they must not outlive it. */
  maker: RunnableSession | null;
}

export class States {
  readonly #slots = new Map<string, Slot>();
  readonly #random: (name: string) => RandomSource;
  /** null: states live on the host. */
  memory: DeviceMemory | null = null;

  constructor(random: (name: string) => RandomSource) {
    this.#random = random;
  }

  has(name: string): boolean {
    return this.#slots.has(name);
  }

  /** Makes the state's initial value unless it is there already. `all`: where the source of a copy may be described. */
  async define(spec: StateSpec, all: readonly StateSpec[]): Promise<void> {
    const { name, shape, init } = spec;
    const known = this.#slots.get(name);
    if (known) {
      if (sameShape(known.shape, shape)) return;
      throw new Error(
        `state ${name}: the store holds [${known.shape.join(", ")}], the program wants [${shape.join(", ")}].`,
      );
    }
    if (typeof init === "function") {
      this.#set(name, shape, Float32Array.from(init(shape, this.#random(name))));
      return;
    }
    const source = all.find((other) => other.name === init.copyOf);
    if (source) await this.define(source, all);
    if (!this.#slots.has(init.copyOf)) {
      throw new Error(`state ${name}: starts as a copy of ${init.copyOf}, which is not in the store.`);
    }
    this.#set(name, shape, await this.read(init.copyOf));
  }

  /** A copy of one state's numbers. */
  read(name: string): Promise<Float32Array<ArrayBuffer>> {
    const { current } = this.#slots.get(name)!;
    if (current.location !== "cpu") return this.memory!.read(current);
    return Promise.resolve(Float32Array.from(current.data as Float32Array));
  }

  async readAll(): Promise<State> {
    const values: [string, StateValue][] = [];
    for (const [name, { shape }] of this.#slots) values.push([name, { shape, data: await this.read(name) }]);
    return Object.fromEntries(values);
  }

  /** Throws, changing nothing, if a shape differs from that of a known state. */
  restore(state: State): void {
    for (const [name, { shape, data }] of Object.entries(state)) {
      const known = this.#slots.get(name);
      if (known && !sameShape(known.shape, shape)) {
        throw new Error(`restore: ${name}: expected shape [${known.shape.join(", ")}], got [${shape.join(", ")}].`);
      }
      if (data.length !== sizeOf(shape)) {
        throw new Error(
          `restore: ${name}: shape [${shape.join(", ")}] holds ${sizeOf(shape)} numbers, got ${data.length}.`,
        );
      }
    }
    for (const [name, { shape, data }] of Object.entries(state)) this.#set(name, shape, Float32Array.from(data));
  }

  /** Brings these states to where the runs want them. On the host they always are. */
  async place(names: readonly string[]): Promise<void> {
    if (this.memory === null) return;
    for (const name of names) {
      const slot = this.#slots.get(name)!;
      if (slot.current.location !== "cpu") continue;
      slot.current = await this.memory.write(slot.current.data as Float32Array, slot.shape);
    }
  }

  /** What a run reads. */
  current(name: string): OrtTensor {
    return this.#slots.get(name)!.current;
  }

  /** After a run: `written` is the state's value now. */
  advance(name: string, written: OrtTensor, maker: RunnableSession): void {
    const slot = this.#slots.get(name)!;
    if (slot.current.location !== "cpu") slot.current.dispose();
    slot.current = written;
    slot.maker = written.location === "cpu" ? null : maker;
  }

  /** Brings to the host what only lives as long as this session. */
  async rescue(maker: RunnableSession): Promise<void> {
    for (const [name, slot] of this.#slots) {
      if (slot.maker !== maker) continue;
      const data = await this.read(name);
      this.#set(name, slot.shape, data);
    }
  }

  /** Brings all to the host. */
  async rescueAll(): Promise<void> {
    for (const [name, { shape, current }] of this.#slots) {
      if (current.location !== "cpu") this.#set(name, shape, await this.read(name));
    }
  }

  #set(name: string, shape: Shape, data: Float32Array): void {
    const known = this.#slots.get(name);
    if (known && known.current.location !== "cpu") known.current.dispose();
    this.#slots.set(name, { shape, current: hostTensor(name, shape, data), maker: null });
  }
}

function hostTensor(name: string, shape: Shape, data: Float32Array): OrtTensor {
  return toOrtTensor(`state ${name}`, data, { shape, dtype: "float32" });
}
