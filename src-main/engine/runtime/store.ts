/**
 * @file The parameter store: every state (parameter, moment, average, step counter) by name, shared by all programs
 * compiled on it. On the CPU each updated state has two buffers: a run reads one, writes the other, then they swap.
 */
import type { Tensor as OrtTensor } from "onnxruntime-node";
import { sameShape, sizeOf, type RandomSource, type Shape } from "../graph.ts";
import type { LoweringChoice } from "../lowering.ts";
import { encodeModel } from "../onnx/model.ts";
import { emitProgram, nextName, type EmitOptions, type Program, type StateSpec } from "../program.ts";
import { tune, type TuneOptions } from "./autotune.ts";
import { openShapes } from "../open-shapes.ts";
import { trainingGraph, type TrainingGraph, type TrainingGraphOptions } from "../training-graph.ts";
import type { Device } from "./device.ts";
import { brokenResults, findNonFinite, NonFiniteError, watchedStates } from "./non-finite.ts";
import { openProfiledSession, type OpenSession, type ProfileRequest, type RunnableSession } from "./profile.ts";
import { fromOrtTensor, openSession, toOrtTensor, type Feeds, type TensorData } from "./session.ts";

/** A state's value outside the store. */
export interface StateValue {
  readonly shape: Shape;
  readonly data: Float32Array<ArrayBuffer>;
}

export type State = Readonly<Record<string, StateValue>>;

export interface StoreOptions {
  device?: Device;
  /** Random numbers for the initial value of the state `name`; the same stream must give the same numbers. */
  random: (name: string) => RandomSource;
  /** Threads within one operator. Same count, same bits. Default: ONNX Runtime's choice, the physical cores. */
  threads?: number;
  /** Times the operators of every program compiled here. */
  profile?: ProfileRequest | undefined;
  /** Measure the lowerings of each program that is compiled, unless the cache knows them. Default: each op's own rule. */
  tuning?: Pick<TuneOptions, "cache" | "onProgress">;
  /** Choices made before, e.g. by the training that is resumed: they come before `tuning`. */
  lowerings?: LoweringChoice;
  /** Lets runs go on whose loss or weights are not finite; default: they throw `NonFiniteError` and change no state. */
  allowNonFinite?: boolean;
}

/** A program ready to run on a store. */
export interface CompiledProgram {
  readonly program: Program;
  /** The measured choices it was written with: pass them to the store of a resumed training, which then has the same bits. */
  readonly lowerings: LoweringChoice;
  /**
   * Runs once: feeds by input name -> outputs by name, and the updated states stay in the store. Feeds are read before the
   * promise settles and may be reused after; outputs belong to the caller. Throws if a feed is missing, unknown or misfits;
   * `NonFiniteError`, with all states as before the run, if the program updates states and a loss or weight is not finite.
   */
  run(feeds: Feeds): Promise<Record<string, TensorData>>;
  /** Frees the session; states stay in the store. */
  release(): Promise<void>;
}

interface Slot {
  readonly shape: Shape;
  current: OrtTensor;
  /** The other buffer, made when a program first updates this state. */
  spare: OrtTensor | null;
}

export class ParameterStore {
  readonly #options: StoreOptions;
  readonly #slots = new Map<string, Slot>();
  readonly #open = new Set<CompiledProgram>();
  /** Runs go one after the other: two at once would swap buffers under each other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** Opens a session for `program`. States that the store does not know yet get their initial value. */
  async compile(program: Program): Promise<CompiledProgram> {
    for (const spec of program.states) this.#define(spec, program.states);
    const { device = "auto", threads, profile } = this.#options;
    const lowerings = await this.#chooseLowerings(program);
    const model = emitProgram(program, { lowerings });
    const bytes = encodeModel(model);
    const open: OpenSession = (profilePrefix) => openSession(bytes, { device, threads, profilePrefix });
    const session = profile === undefined ? await open() : await openProfiledSession(model, open, profile);
    const isChecked = program.updates.size > 0 && this.#options.allowNonFinite !== true;
    const watched = isChecked ? watchedStates(program) : null;
    const compiled: CompiledProgram = {
      program,
      lowerings,
      run: (feeds) => {
        const result = this.#last.then(() => this.#run(session, program, feeds, watched));
        this.#last = result.catch(() => undefined); // the caller of that run gets the error
        return result;
      },
      release: async () => {
        if (!this.#open.delete(compiled)) return;
        await this.#last;
        await session.release();
      },
    };
    this.#open.add(compiled);
    return compiled;
  }

  /** A copy of every state. */
  state(): State {
    return Object.fromEntries(
      [...this.#slots].map(([name, { shape, current }]) => [
        name,
        { shape, data: Float32Array.from(current.data as Float32Array) },
      ]),
    );
  }

  /**
   * Sets states, bit for bit. States in the store but not in `state` keep their value; those not in the store yet are added,
   * so a store can be restored before or after its programs are compiled. Throws, changing nothing, if a shape differs.
   */
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

  /**
   * `program` as ONNX bytes with the current parameters inside, loadable by any ONNX runtime. Batch and image sizes stay open
   * ("batch", "height", "width") where the graph allows it; where open image sizes must be multiples of a number, the
   * metadata says which (`sizeMultiple`). The program must not update any state.
   */
  exportOnnx(program: Program, { metadata = {} }: Pick<EmitOptions, "metadata"> = {}): Uint8Array<ArrayBuffer> {
    if (program.updates.size > 0)
      throw new Error(`export ${program.name}: a program that updates states cannot be exported.`);
    for (const spec of program.states) this.#define(spec, program.states);
    const parameters = Object.fromEntries(
      program.states.map(({ name }) => [name, this.#slots.get(name)!.current.data as Float32Array]),
    );
    const { program: open, inputs, outputs, sizeMultiple } = openShapes(program);
    const known = sizeMultiple === 1 ? metadata : { sizeMultiple: `${sizeMultiple}`, ...metadata };
    return encodeModel(emitProgram(open, { metadata: known, parameters, declared: { ...inputs, ...outputs } }));
  }

  /** A training step as a document that any ONNX runtime trains with, and the present states to start from. */
  exportTrainingGraph(program: Program, options: TrainingGraphOptions = {}): TrainingGraph {
    for (const spec of program.states) this.#define(spec, program.states);
    return trainingGraph(program, this.state(), { lowerings: this.#options.lowerings ?? {}, ...options });
  }

  /** Frees all sessions. */
  async release(): Promise<void> {
    for (const compiled of [...this.#open]) await compiled.release();
  }

  async #chooseLowerings(program: Program): Promise<LoweringChoice> {
    const { device = "auto", threads, tuning, lowerings = {} } = this.#options;
    return tuning ? await tune(program, { device, threads, given: lowerings, ...tuning }) : lowerings;
  }

  /** `watched`: states whose next value must be finite, and so must the losses; null: anything goes. */
  async #run(
    session: RunnableSession,
    program: Program,
    feeds: Feeds,
    watched: readonly string[] | null,
  ): Promise<Record<string, TensorData>> {
    const given: Record<string, OrtTensor> = {};
    for (const [name, type] of Object.entries(program.inputs)) {
      const feed = feeds[name];
      if (feed === undefined)
        throw new Error(`${program.name}: input ${name} is missing; given: ${Object.keys(feeds).join(", ")}.`);
      given[name] = toOrtTensor(`${program.name}: input ${name}`, feed, type);
    }
    for (const name of Object.keys(feeds)) {
      if (!(name in program.inputs)) {
        throw new Error(
          `${program.name}: no input is called ${name}; inputs: ${Object.keys(program.inputs).join(", ")}.`,
        );
      }
    }
    for (const { name } of program.states) given[name] = this.#slots.get(name)!.current;

    const fetches: Record<string, OrtTensor | null> = {};
    for (const name of Object.keys(program.outputs)) fetches[name] = null;
    for (const name of program.updates.keys()) {
      const slot = this.#slots.get(name)!;
      slot.spare ??= ortState(name, slot.shape, new Float32Array(sizeOf(slot.shape)));
      fetches[nextName(name)] = slot.spare;
    }
    const results = await session.run(given, fetches);
    if (watched !== null) {
      await this.#checkFinite(program, feeds, watched, results as Readonly<Record<string, OrtTensor>>);
    }
    for (const name of program.updates.keys()) {
      const slot = this.#slots.get(name)!;
      [slot.current, slot.spare] = [slot.spare!, slot.current];
    }
    return Object.fromEntries(Object.keys(program.outputs).map((name) => [name, fromOrtTensor(results[name]!)]));
  }

  /** Runs a program once on the states as they are. */
  async #evaluate(program: Program, feeds: Feeds): Promise<Record<string, TensorData>> {
    const { device = "auto", threads } = this.#options;
    const session = await openSession(encodeModel(emitProgram(program)), { device, threads });
    try {
      return await this.#run(session, program, feeds, null);
    } finally {
      await session.release();
    }
  }

  /** Throws `NonFiniteError`. Called while the run's new values are not yet the store's. */
  async #checkFinite(
    program: Program,
    feeds: Feeds,
    watched: readonly string[],
    results: Readonly<Record<string, OrtTensor>>,
  ): Promise<void> {
    const broken = brokenResults(program, watched, results);
    if (broken === null) return;
    const origin = await findNonFinite(program, broken.names, feeds, (part, fed) => this.#evaluate(part, fed));
    throw new NonFiniteError(program.name, broken, origin);
  }

  /** Makes the state's initial value unless it is there already. */
  #define(spec: StateSpec, all: readonly StateSpec[]): void {
    const { name, shape, init } = spec;
    const known = this.#slots.get(name);
    if (known) {
      if (sameShape(known.shape, shape)) return;
      throw new Error(
        `state ${name}: the store holds [${known.shape.join(", ")}], the program wants [${shape.join(", ")}].`,
      );
    }
    if (typeof init === "function") {
      this.#set(name, shape, Float32Array.from(init(shape, this.#options.random(name))));
      return;
    }
    const source = all.find((other) => other.name === init.copyOf);
    if (source) this.#define(source, all);
    const copied = this.#slots.get(init.copyOf);
    if (!copied) throw new Error(`state ${name}: starts as a copy of ${init.copyOf}, which is not in the store.`);
    this.#set(name, shape, Float32Array.from(copied.current.data as Float32Array));
  }

  #set(name: string, shape: Shape, data: Float32Array): void {
    this.#slots.set(name, { shape, current: ortState(name, shape, data), spare: null });
  }
}

function ortState(name: string, shape: Shape, data: Float32Array): OrtTensor {
  return toOrtTensor(`state ${name}`, data, { shape, dtype: "float32" });
}
