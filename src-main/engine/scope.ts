/** @file Parameters by path: the same path in the same tree is the same tensor, so a network called twice shares weights. */
import { stopGradient } from "./ops/elementwise.ts";
import { input, sameShape, state, type Init, type Shape, type Tensor } from "./graph.ts";

/** What a layer that differs between the two does: normalize by the batch or by running statistics, drop or keep. */
export type Mode = "train" | "predict";

/** A state that no gradient trains, with the value that it has after what was computed so far. */
export interface Buffer {
  readonly state: Tensor;
  readonly value: Tensor;
}

interface Tree {
  readonly path: string;
  readonly copyOf: string | undefined;
  readonly parameters: Map<string, Tensor>;
  readonly buffers: Map<string, Buffer>;
  /** Noise inputs made so far, by path. */
  readonly noises: Map<string, number>;
}

/** A place in a network. `scope.at("encoder.0").parameter("weight", …)` is stored as `encoder.0.weight`. */
export class Scope {
  readonly path: string;
  readonly mode: Mode;
  readonly #tree: Tree;
  readonly #isFrozen: boolean;

  private constructor(path: string, tree: Tree, { mode, isFrozen }: { mode: Mode; isFrozen: boolean }) {
    this.path = path;
    this.mode = mode;
    this.#tree = tree;
    this.#isFrozen = isFrozen;
  }

  /**
   * A fresh tree; `path` becomes the first part of every name in it. With `copyOf`, parameters start as copies of those of
   * the same name under that other path (a teacher starts as its student). `mode` is "predict" unless given.
   */
  static root(path = "", { copyOf, mode = "predict" }: { copyOf?: string | undefined; mode?: Mode } = {}): Scope {
    const tree = { path, copyOf, parameters: new Map(), buffers: new Map(), noises: new Map() };
    return new Scope(path, tree, { mode, isFrozen: false });
  }

  at(part: string): Scope {
    return new Scope(this.#join(part), this.#tree, { mode: this.mode, isFrozen: this.#isFrozen });
  }

  /** The same place with its layers in this mode: a network that is trained, say, and asked for a prediction in the same step. */
  in(mode: Mode): Scope {
    return new Scope(this.path, this.#tree, { mode, isFrozen: this.#isFrozen });
  }

  /**
   * The same parameters, not copies, with no gradient to them: a network that another one learns from, in a loss that must not
   * train it. What is computed alike through both is computed once.
   */
  frozen(): Scope {
    return new Scope(this.path, this.#tree, { mode: this.mode, isFrozen: true });
  }

  /** The parameter `name` here, made on first use. Throws if it was made with another shape. */
  parameter(name: string, { shape, init }: { shape: Shape; init: Init }): Tensor {
    const path = this.#join(name);
    const { parameters } = this.#tree;
    const known = parameters.get(path);
    if (!known) {
      const made = this.#newState(path, shape, init);
      parameters.set(path, made);
      return this.#isFrozen ? stopGradient(made) : made;
    }
    if (!sameShape(known.shape, shape)) {
      throw new Error(
        `${path}: parameter was made with shape [${known.shape.join(", ")}], asked for again with [${shape.join(", ")}].`,
      );
    }
    return this.#isFrozen ? stopGradient(known) : known;
  }

  /** All parameters made so far in this tree at or below this path, in order of making. */
  parameters(): Tensor[] {
    const prefix = this.path ? `${this.path}.` : "";
    return [...this.#tree.parameters].filter(([path]) => path.startsWith(prefix)).map(([, tensor]) => tensor);
  }

  /**
   * A state that no gradient trains: running statistics, the vector of a power iteration. Gives its latest value: what `update` set
   * in this graph, else what it was before the step. So a network called twice moves its statistics twice, in that order.
   */
  buffer(name: string, { shape, init }: { shape: Shape; init: Init }): Tensor {
    const path = this.#join(name);
    const known = this.#tree.buffers.get(path);
    if (!known) {
      const made = this.#newState(path, shape, init);
      this.#tree.buffers.set(path, { state: made, value: made });
      return made;
    }
    if (!sameShape(known.state.shape, shape)) {
      throw new Error(
        `${path}: buffer was made with shape [${known.state.shape.join(", ")}], asked for again with [${shape.join(", ")}].`,
      );
    }
    return known.value;
  }

  /** The value of a buffer after this step. A training step stores it; a program that only predicts leaves it out. */
  update(name: string, value: Tensor): void {
    const path = this.#join(name);
    const known = this.#tree.buffers.get(path);
    if (!known) throw new Error(`${path}: no such buffer to update. Make it with buffer() first.`);
    if (!sameShape(known.state.shape, value.shape)) {
      throw new Error(
        `${path}: buffer has shape [${known.state.shape.join(", ")}], its update [${value.shape.join(", ")}].`,
      );
    }
    this.#tree.buffers.set(path, { state: known.state, value });
  }

  /** All buffers made so far at or below this path, with their latest values. */
  buffers(): Buffer[] {
    const prefix = this.path ? `${this.path}.` : "";
    return [...this.#tree.buffers].filter(([path]) => path.startsWith(prefix)).map(([, buffer]) => buffer);
  }

  /**
   * Numbers from the host, uniform in [0, 1), drawn anew for every run: the input `<path>.noise`, `<path>.noise.1` for the second
   * call, and so on. A program names all its inputs, so whoever runs it knows what to draw.
   */
  noise(shape: Shape): Tensor {
    const path = this.#join("noise");
    const count = this.#tree.noises.get(path) ?? 0;
    this.#tree.noises.set(path, count + 1);
    return input(count === 0 ? path : `${path}.${count}`, { shape });
  }

  #join(name: string): string {
    return this.path ? `${this.path}.${name}` : name;
  }

  #newState(path: string, shape: Shape, init: Init): Tensor {
    const { copyOf, path: root } = this.#tree;
    return state(path, { shape, init: copyOf === undefined ? init : { copyOf: copyOf + path.slice(root.length) } });
  }
}
