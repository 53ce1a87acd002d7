/** @file Which way an op is written in ONNX where it has several: its rule of thumb, or a choice made by measurement. */
import {
  topologicalOrder,
  type AnyOp,
  type Lowering,
  type Lowerings,
  type OpDefinition,
  type Tensor,
  type TensorType,
} from "./graph.ts";
import type { Value } from "./onnx/graph-builder.ts";

/** Name of the lowering by `loweringKey`. Plain data: kept in a file beside the app and in every checkpoint. */
export type LoweringChoice = Readonly<Record<string, string>>;

/** The same op on the same shapes with the same attributes has the same key. */
export function loweringKey(op: AnyOp, inputs: readonly TensorType[], attrs: object): string {
  const shapes = inputs.map(({ shape, dtype }) => `${dtype}[${shape.join(",")}]`);
  return `${op.opName} ${shapes.join(" ")} ${JSON.stringify(attrs, inKeyOrder)}`;
}

/** Objects with their keys sorted, at every depth. */
function inKeyOrder(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** An op in a program that can be written in more than one way. */
export interface Choosable {
  readonly key: string;
  readonly inputs: readonly Tensor[];
  readonly attrs: object;
  readonly output: TensorType;
  /** At least two. */
  readonly ways: readonly Lowering<object>[];
  /** The one that the op's rule of thumb picks. */
  readonly ruled: Lowering<object>;
}

/** Every distinct place in the program with a choice, in graph order. */
export function choosables(roots: readonly Tensor[]): Choosable[] {
  const found = new Map<string, Choosable>();
  for (const output of topologicalOrder(roots)) {
    const { op, inputs, attrs } = output.node;
    const lowerings = op && loweringsOf(op);
    if (!op || !lowerings) continue;
    const values = inputs.map(({ shape, dtype }) => ({ shape, dtype, name: "" })) as unknown as Values;
    const ways = lowerings.ways.filter((way) => way.applies(values, attrs));
    const key = loweringKey(op, inputs, attrs);
    if (ways.length < 2 || found.has(key)) continue;
    found.set(key, { key, inputs, attrs, output, ways, ruled: lowerings.rule(values, attrs) });
  }
  return [...found.values()];
}

/** The chosen way, or the op's own rule. A name that this version does not know, or that does not apply, counts as no choice. */
export function chosenLowering(
  op: AnyOp,
  inputs: readonly Value[],
  attrs: object,
  choice: LoweringChoice,
): Pick<Lowering<object>, "emit"> {
  const lowerings = loweringsOf(op);
  if (!lowerings) return op.definition as unknown as OpDefinition<object>;
  const name = choice[loweringKey(op, inputs, attrs)];
  const values = inputs as unknown as Values;
  return lowerings.ways.find((way) => way.name === name && way.applies(values, attrs)) ?? lowerings.rule(values, attrs);
}

type Values = [Value, Value, Value, Value];

function loweringsOf(op: AnyOp): Lowerings<object> | undefined {
  return (op.definition as unknown as OpDefinition<object>).lowerings;
}
