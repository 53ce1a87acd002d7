/** @file Parameters by path: the same path in the same tree is the same tensor, so a network called twice shares weights. */
import { stopGradient } from "./ops/elementwise.ts";
import { sameShape, state, type Init, type Shape, type Tensor } from "./graph.ts";

interface Tree {
  readonly path: string;
  readonly copyOf: string | undefined;
  readonly parameters: Map<string, Tensor>;
}

/** A place in a network. `scope.at("encoder.0").parameter("weight", …)` is stored as `encoder.0.weight`. */
export class Scope {
  readonly path: string;
  readonly #tree: Tree;
  readonly #isFrozen: boolean;

  private constructor(path: string, tree: Tree, isFrozen: boolean) {
    this.path = path;
    this.#tree = tree;
    this.#isFrozen = isFrozen;
  }

  /**
   * A fresh tree; `path` becomes the first part of every name in it. With `copyOf`, parameters start as copies of those of
   * the same name under that other path (a teacher starts as its student).
   */
  static root(path = "", { copyOf }: { copyOf?: string | undefined } = {}): Scope {
    return new Scope(path, { path, copyOf, parameters: new Map() }, false);
  }

  at(part: string): Scope {
    return new Scope(this.path ? `${this.path}.${part}` : part, this.#tree, this.#isFrozen);
  }

  /**
   * The same parameters, not copies, with no gradient to them: a network that another one learns from, in a loss that must not
   * train it. What is computed alike through both is computed once.
   */
  frozen(): Scope {
    return new Scope(this.path, this.#tree, true);
  }

  /** The parameter `name` here, made on first use. Throws if it was made with another shape. */
  parameter(name: string, { shape, init }: { shape: Shape; init: Init }): Tensor {
    const path = this.path ? `${this.path}.${name}` : name;
    const { parameters, copyOf, path: root } = this.#tree;
    const known = parameters.get(path);
    if (!known) {
      const made = state(path, {
        shape,
        init: copyOf === undefined ? init : { copyOf: copyOf + path.slice(root.length) },
      });
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
}
