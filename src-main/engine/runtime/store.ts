/**
 * @file The parameter store: every state (parameter, moment, average, step counter) by name, shared by all programs
 * compiled on it. Their values: states.ts.
 */
import type { Tensor as OrtTensor } from "onnxruntime-node";
import type { RandomSource } from "../graph.ts";
import type { LoweringChoice } from "../lowering.ts";
import { planMemory } from "../memory-plan.ts";
import { encodeModel } from "../onnx/model.ts";
import { openShapes } from "../open-shapes.ts";
import { emitProgram, nextName, type EmitOptions, type Program } from "../program.ts";
import { trainingGraph, type TrainingGraph, type TrainingGraphOptions } from "../training-graph.ts";
import { availableMemory, NotEnoughMemoryError } from "./available-memory.ts";
import { tune, type TuneOptions } from "./autotune.ts";
import { chooseDevice, type Device, type DeviceChoice } from "./device.ts";
import { DeviceMemory, keepsOutputs } from "./device-memory.ts";
import {
  brokenResults,
  findNonFinite,
  FINITE_PROBE,
  NonFiniteError,
  watchedStates,
  withFiniteProbe,
} from "./non-finite.ts";
import { openProfiledSession, type OpenSession, type ProfileRequest, type RunnableSession } from "./profile.ts";
import { fromOrtTensor, openSession, toOrtTensor, type Feeds, type TensorData } from "./session.ts";
import { States, type State } from "./states.ts";

export interface StoreOptions {
  device?: Device;
  /** Random numbers for the initial value of the state `name`; the same stream must give the same numbers. */
  random: (name: string) => RandomSource;
  /** Threads within one operator. Same count, same bits. Default: ONNX Runtime's choice, the physical cores. */
  threads?: number | undefined;
  /** Times the operators of every program compiled here. */
  profile?: ProfileRequest | undefined;
  /** Measure the lowerings of each program that is compiled, unless the cache knows them. Default: each op's own rule. */
  tuning?: Pick<TuneOptions, "cache" | "onProgress">;
  /** Choices made before, e.g. by the training that is resumed: they come before `tuning`. */
  lowerings?: LoweringChoice;
  /** Bytes that programs on the CPU may take; default: what the machine has available. */
  memoryLimit?: number | undefined;
  /** Programs are planned and checked, and never opened: they cannot be run. */
  isPlanOnly?: boolean | undefined;
  /** Told for each program on the CPU that fits what it will take, before anything is allocated. */
  onReserved?: ((program: string, bytes: number) => void) | undefined;
  /** Lets runs go on whose loss or weights are not finite; default: they throw `NonFiniteError` and change no state. */
  allowNonFinite?: boolean;
}

export interface CompileOptions {
  /**
   * Writes the states that the program has now into it as constants, which ONNX Runtime lays out once for the CPU: a tenth to a fifth faster. What
   * the store learns later is not seen. Only of programs that update nothing.
   */
  frozen?: boolean | undefined;
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

export class ParameterStore {
  readonly #options: StoreOptions;
  readonly #states: States;
  readonly #open = new Set<CompiledProgram>();
  #choice: Promise<DeviceChoice> | null = null;
  /** Bytes of programs that are open and have not run yet. */
  readonly #reserved = new Map<CompiledProgram, number>();
  /** One thing after the other: two runs at once would swap buffers under each other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#states = new States(options.random);
  }

  /** Where programs run, and why there. Looks for devices on the first call where `auto` was asked for. */
  device(): Promise<DeviceChoice> {
    return (this.#choice ??= chooseDevice(this.#options.device ?? "auto"));
  }

  /**
   * Opens a session for `program`. States that the store does not know yet get their initial value. Throws
   * `NotEnoughMemoryError`, with nothing allocated, if a run would not fit into memory.
   */
  async compile(program: Program, { frozen = false }: CompileOptions = {}): Promise<CompiledProgram> {
    if (frozen) requireNoUpdates("freeze", program);
    const { device } = await this.device();
    const { threads, profile } = this.#options;
    const reserved = device === "cpu" ? this.#reserveMemory(program) : 0;
    await this.#inTurn(() => this.#define(program));
    if (this.#options.isPlanOnly === true) return this.#planned(program, reserved);
    const staysOnDevice = keepsOutputs(device);
    if (staysOnDevice) this.#states.memory ??= new DeviceMemory(device);
    const lowerings = await this.#chooseLowerings(program);
    const isChecked = program.updates.size > 0 && this.#options.allowNonFinite !== true;
    const watched = isChecked ? watchedStates(program) : null;
    const probed = staysOnDevice && watched ? withFiniteProbe(program, watched) : program;
    const parameters = frozen ? await this.#inTurn(() => this.#parametersOf(program)) : undefined;
    const model = emitProgram(probed, { device, lowerings, ...(parameters && { parameters }) });
    const onDevice = staysOnDevice ? [...program.updates.keys()].map(nextName) : [];
    const open: OpenSession = (profilePrefix) => openSession(model, { device, onDevice, threads, profilePrefix });
    const session: RunnableSession =
      profile === undefined
        ? await open()
        : await openProfiledSession(model, open, { ...profile, beforeExchange: () => this.#states.rescue(session) });
    const stateNames = frozen ? [] : program.states.map(({ name }) => name);
    const compiled: CompiledProgram = {
      program,
      lowerings,
      run: (feeds) =>
        this.#inTurn(async () => {
          if (!this.#open.has(compiled)) throw new Error(`${program.name}: has been released. Compile it again.`);
          this.#reserved.delete(compiled); // from here on the system knows what it takes
          await session.prepare?.();
          await this.#states.place(stateNames);
          return this.#run(session, probed, feeds, { watched, stateNames });
        }),
      release: () =>
        this.#inTurn(async () => {
          if (!this.#open.delete(compiled)) return;
          this.#reserved.delete(compiled);
          await this.#states.rescue(session);
          await session.release();
        }),
    };
    this.#open.add(compiled);
    this.#reserved.set(compiled, reserved);
    return compiled;
  }

  #planned(program: Program, reserved: number): CompiledProgram {
    const compiled: CompiledProgram = {
      program,
      lowerings: this.#options.lowerings ?? {},
      run: () => Promise.reject(new Error(`${program.name}: was planned only, and cannot be run.`)),
      release: () => Promise.resolve(void this.#reserved.delete(compiled)),
    };
    this.#reserved.set(compiled, reserved);
    return compiled;
  }

  /** A copy of every state, after the runs asked for so far. */
  state(): Promise<State> {
    return this.#inTurn(() => this.#states.readAll());
  }

  /**
   * Sets states, bit for bit, after the runs asked for so far. States in the store but not in `state` keep their value; those
   * not in the store yet are added, so a store can be restored before or after its programs are compiled. Throws, changing
   * nothing, if a shape differs.
   */
  restore(state: State): Promise<void> {
    return this.#inTurn(() => this.#states.restore(state));
  }

  /**
   * `program` as ONNX bytes with the current parameters inside, loadable by any ONNX runtime. Batch and image sizes stay open
   * ("batch", "height", "width") where the graph allows it; where open image sizes must be multiples of a number, the
   * metadata says which (`sizeMultiple`). The program must not update any state.
   */
  async exportOnnx(
    program: Program,
    { metadata = {} }: Pick<EmitOptions, "metadata"> = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    requireNoUpdates("export", program);
    const parameters = await this.#inTurn(async () => {
      await this.#define(program);
      return this.#parametersOf(program);
    });
    const { program: open, inputs, outputs, sizeMultiple } = openShapes(program);
    const known = sizeMultiple === 1 ? metadata : { sizeMultiple: `${sizeMultiple}`, ...metadata };
    return encodeModel(emitProgram(open, { metadata: known, parameters, declared: { ...inputs, ...outputs } }));
  }

  /** A training step as a document that any ONNX runtime trains with, and the present states to start from. */
  async exportTrainingGraph(program: Program, options: TrainingGraphOptions = {}): Promise<TrainingGraph> {
    const states = await this.#inTurn(async () => {
      await this.#define(program);
      return this.#states.readAll();
    });
    return trainingGraph(program, states, { lowerings: this.#options.lowerings ?? {}, ...options });
  }

  /** Frees all sessions and what lies on the device. States can still be read. */
  async release(): Promise<void> {
    for (const compiled of [...this.#open]) await compiled.release();
    await this.#inTurn(async () => {
      await this.#states.rescueAll();
      await this.#states.memory?.release();
      this.#states.memory = null;
    });
  }

  #inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined); // the caller of that turn gets the error
    return result;
  }

  async #parametersOf({ states }: Program): Promise<Record<string, Float32Array>> {
    const parameters: Record<string, Float32Array> = {};
    for (const { name } of states) parameters[name] = await this.#states.read(name);
    return parameters;
  }

  async #define({ states }: Program): Promise<void> {
    for (const spec of states) await this.#states.define(spec, states);
  }

  /**
   * Bytes that running `program` will take from now on. Throws `NotEnoughMemoryError` before anything is allocated. Other
   * devices' memory is not known before it is used up: there nothing is checked.
   */
  #reserveMemory(program: Program): number {
    const { memoryLimit = availableMemory(), lowerings } = this.#options;
    const plan = planMemory(emitProgram(program, { lowerings }));
    const isKnown = program.states.every(({ name }) => this.#states.has(name));
    const needed = plan.total - (isKnown ? plan.states + plan.initialization : 0);
    const available = memoryLimit - [...this.#reserved.values()].reduce((sum, bytes) => sum + bytes, 0);
    if (needed > available) throw new NotEnoughMemoryError(program.name, { needed, available, plan });
    this.#options.onReserved?.(program.name, needed);
    return needed;
  }

  async #chooseLowerings(program: Program): Promise<LoweringChoice> {
    const { threads, tuning, lowerings = {} } = this.#options;
    const { device } = await this.device();
    return tuning ? await tune(program, { device, threads, given: lowerings, ...tuning }) : lowerings;
  }

  /** `watched`: states whose next value must be finite, and so must the losses; null: anything goes. `stateNames`: states that are fed. */
  async #run(
    session: RunnableSession,
    program: Program,
    feeds: Feeds,
    { watched, stateNames }: { watched: readonly string[] | null; stateNames: readonly string[] },
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
    for (const name of stateNames) given[name] = this.#states.current(name);

    const fetches: Record<string, OrtTensor | null> = {};
    for (const name of Object.keys(program.outputs)) fetches[name] = null;
    for (const name of program.updates.keys()) fetches[nextName(name)] = null;
    const results = (await session.run(given, fetches)) as Readonly<Record<string, OrtTensor>>;
    if (watched !== null) await this.#checkFinite(program, feeds, watched, results);
    for (const name of program.updates.keys()) this.#states.advance(name, results[nextName(name)]!, session);
    const names = Object.keys(program.outputs).filter((name) => name !== FINITE_PROBE);
    return Object.fromEntries(names.map((name) => [name, fromOrtTensor(results[name]!)]));
  }

  /** Runs a program once on the states as they are. */
  async #evaluate(program: Program, feeds: Feeds): Promise<Record<string, TensorData>> {
    const { threads } = this.#options;
    const { device } = await this.device();
    const session = await openSession(emitProgram(program, { device }), { device, threads });
    try {
      const stateNames = program.states.map(({ name }) => name);
      return await this.#run(session, program, feeds, { watched: null, stateNames });
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
    for (const name of program.updates.keys()) {
      const next = results[nextName(name)]!;
      if (next.location !== "cpu") next.dispose();
    }
    const origin = await findNonFinite(program, broken.names, feeds, (part, fed) => this.#evaluate(part, fed));
    throw new NonFiniteError(program.name, broken, origin);
  }
}

/** Throws for a program that updates states. */
function requireNoUpdates(what: string, { name, updates }: Program): void {
  if (updates.size > 0)
    throw new Error(`${what} ${name}: a program that updates states cannot be written with constants.`);
}
