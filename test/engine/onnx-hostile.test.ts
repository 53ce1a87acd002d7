/** @file What importing refuses, and how it says so: unsupported operators, unfitting inputs, damaged and hostile bytes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { importOnnx, input, readModel, Scope, UnsupportedOnnxError, type Tensor } from "../../src-main/engine/index.ts";
import { MessageWriter } from "../../src-main/engine/onnx/protobuf.ts";
import { loadOnnx } from "../../src-main/engine/runtime/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { modelOf, tensorProto, type ModelOf, type NodeOf, type TensorOf } from "./onnx-models.ts";

const x = input("x", { shape: [1, 2, 4, 4] });
const importing = (bytes: Uint8Array, inputs: Record<string, Tensor> = { x }) =>
  importOnnx(bytes, { scope: Scope.root("net"), inputs });

const node = (type: string, inputs: string[], outputs: string[], more: Partial<NodeOf> = {}): NodeOf => ({
  type,
  inputs,
  outputs,
  ...more,
});

const model = (nodes: NodeOf[], more: Partial<ModelOf> = {}) =>
  modelOf({ opset: 13, nodes, inputs: [{ name: "x", shape: [1, 2, 4, 4] }], outputs: ["y"], ...more });

describe("unsupported models", () => {
  it("one error names every operator and node, in all its parts", () => {
    const bytes = model(
      [
        node("GridSample", ["x", "x"], ["a"], { name: "warp" }),
        node("NonMaxSuppression", ["a"], ["b"], { name: "suppress" }),
        node("Relu", ["b"], ["c"]),
        node("Attention", ["c"], ["d"], { name: "attend", domain: "com.example" }),
        node("Resize", ["x", "", "", "sizes"], ["e"], { name: "enlarge", attributes: { mode: "lanczos" } }),
        node("MaxPool", ["x"], ["f"], { attributes: { kernel_shape: [2, 2], dilations: [2, 2] } }),
        node("GridSample", ["x", "x"], ["g"]),
        node("Sum", ["d", "e", "f", "g"], ["y"]),
      ],
      { initializers: [{ name: "sizes", shape: [4], dtype: "int64", values: [1, 2, 8, 8] }] },
    );
    let error: unknown;
    try {
      importing(bytes);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UnsupportedOnnxError);
    expect((error as UnsupportedOnnxError).operators).toEqual(
      expect.arrayContaining([
        { operator: "GridSample", reason: "", nodes: ['"warp"', '"g"'] },
        { operator: "NonMaxSuppression", reason: "", nodes: ['"suppress"'] },
        { operator: "com.example.Attention", reason: "", nodes: ['"attend"'] },
        { operator: "Resize", reason: "mode lanczos", nodes: ['"enlarge"'] },
        { operator: "MaxPool", reason: "dilated windows", nodes: ['"f"'] },
      ]),
    );
    expect((error as Error).message).toMatch(/^onnx: .*5 operators are not supported.*warp.*suppress.*loadOnnx/s);
  });

  it("what no output needs is not imported", () => {
    const { outputs } = importing(model([node("Relu", ["x"], ["y"]), node("GridSample", ["x", "x"], ["unused"])]));
    expect(outputs["y"]!.shape).toEqual([1, 2, 4, 4]);
  });

  it.each([
    ["an opset too old", model([node("Relu", ["x"], ["y"])], { opset: 7 }), /^onnx: the model is of opset 7; 9 to 21/],
    ["an opset too new", model([node("Relu", ["x"], ["y"])], { opset: 99 }), /^onnx: the model is of opset 99/],
    [
      "a shape that depends on the data",
      model([node("Reshape", ["x", "z"], ["y"])], {
        inputs: [
          { name: "x", shape: [1, 2, 4, 4] },
          { name: "z", shape: [1], dtype: "int64" },
        ],
      }),
      /new shape is computed from the data/,
    ],
    [
      "a cycle",
      model([node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"]), node("Relu", ["a"], ["y"])]),
      /^onnx: the graph has a cycle through/,
    ],
    [
      "a value that nothing makes",
      model([node("Add", ["x", "lost"], ["y"])]),
      /^onnx: "y" reads lost, which nothing makes/,
    ],
    [
      "a value made twice",
      model([node("Relu", ["x"], ["y"]), node("Neg", ["x"], ["y"])]),
      /^onnx: "y" makes y, which is made already/,
    ],
    ["an output that nothing makes", model([node("Relu", ["x"], ["z"])]), /^onnx: .*reads y, which nothing makes/],
    [
      "shapes that do not fit",
      model([node("Concat", ["x", "w"], ["y"], { attributes: { axis: 1 }, name: "join" })], {
        initializers: [{ name: "w", shape: [1, 2, 3, 4], values: new Array<number>(24).fill(1) }],
      }),
      /^onnx: Concat "join": concat.*\[1, 2, 4, 4\].*\[1, 2, 3, 4\]/,
    ],
    [
      "a tensor with too few numbers",
      model([node("Add", ["x", "w"], ["y"])], { initializers: [{ name: "w", shape: [4], values: [1, 2] }] }),
      /^onnx: tensor "w" of float \[4\] holds 4 numbers, got 2/,
    ],
    [
      "a constant of absurd size",
      model([node("ConstantOfShape", ["s"], ["y"])], {
        initializers: [{ name: "s", shape: [2], dtype: "int64", values: [2e9, 2e9] }],
      }),
      /more than an import may make/,
    ],
    [
      "an enlargement of absurd size",
      model([node("Resize", ["x", "", "s"], ["y"], { attributes: { mode: "linear" } })], {
        initializers: [{ name: "s", shape: [4], values: [1, 1, 1e9, 1e9] }],
      }),
      /its result .* is too large/,
    ],
  ])("%s is told", (_, bytes, message) => {
    const z = input("z", { shape: [1], dtype: "int64" });
    expect(() => importing(bytes, readModel(bytes).graph.inputs.length === 2 ? { x, z } : { x })).toThrow(message);
  });
});

describe("inputs", () => {
  const bytes = model([node("Relu", ["x"], ["y"])], { inputs: [{ name: "x", shape: ["batch", 2, 4, 4] }] });

  it("must be there, known, and of the model's type and size", () => {
    expect(() => importing(bytes, {})).toThrow("onnx: input x is missing; inputs: x.");
    expect(() => importing(bytes, { x, z: x })).toThrow("onnx: no input is called z; inputs: x.");
    const wide = input("wide", { shape: [1, 2, 4, 8] });
    expect(() => importing(bytes, { x: wide })).toThrow(
      /takes \[batch, 2, 4, 4\], got float32\[1, 2, 4, 8\].*resizable/,
    );
    expect(() => importing(bytes, { x: input("i", { shape: [1, 2, 4, 4], dtype: "int32" }) })).toThrow(
      /expected float32/,
    );
    expect(importing(bytes, { x: input("x", { shape: [7, 2, 4, 4] }) }).outputs["y"]!.shape[0]).toBe(7);
    const resized = importOnnx(bytes, { scope: Scope.root("net"), inputs: { x: wide }, resizable: true });
    expect(resized.outputs["y"]!.shape).toEqual([1, 2, 4, 8]);
  });
});

/** A model whose only initializer says that its numbers are in another file. */
function externalModel(path: string): Uint8Array {
  const entry = (key: string, value: string) => new MessageWriter().string(1, key).string(2, value);
  const tensor = new MessageWriter().int(1, 4).int(2, 1).string(8, "w").message(13, entry("location", path)).int(14, 1);
  const proto = readableParts();
  const add = new MessageWriter().string(1, "x").string(1, "w").string(2, "y").string(4, "Add");
  const graph = new MessageWriter()
    .message(1, add)
    .string(2, "g")
    .message(5, tensor)
    .message(11, proto.x)
    .message(12, proto.y);
  return new MessageWriter().int(1, 7).message(7, graph).message(8, new MessageWriter().int(2, 13)).finish();
}

function readableParts(): { x: MessageWriter; y: MessageWriter } {
  const dims = new MessageWriter().message(1, new MessageWriter().int(1, 4));
  const type = () => new MessageWriter().message(1, new MessageWriter().int(1, 1).message(2, dims));
  return {
    x: new MessageWriter().string(1, "x").message(2, type()),
    y: new MessageWriter().string(1, "y").message(2, type()),
  };
}

describe("untrusted files", () => {
  it("numbers in another file are refused, to import and to run", async () => {
    const bytes = externalModel("../../secret.bin");
    const message = /^onnx: tensor "w" keeps its numbers in another file \("\.\.\/\.\.\/secret\.bin"\)/;
    expect(() => importing(bytes)).toThrow(message);
    await expect(loadOnnx(bytes, "cpu")).rejects.toThrow(message);
  });

  it("they are found in subgraphs too", () => {
    const tensor = new MessageWriter().int(1, 1).int(2, 1).string(8, "w").int(14, 1);
    const body = new MessageWriter().message(5, tensor);
    const branch = new MessageWriter().string(1, "then_branch").message(6, body).int(20, 5);
    const choose = new MessageWriter().string(2, "y").string(4, "If").message(5, branch);
    const graph = new MessageWriter().message(1, choose);
    const bytes = new MessageWriter().int(1, 7).message(7, graph).message(8, new MessageWriter().int(2, 13)).finish();
    expect(() => readModel(bytes)).toThrow(/another file/);
  });

  it("graphs nested without end are refused", () => {
    let graph = new MessageWriter();
    for (let depth = 0; depth < 5000; depth++) {
      const attribute = new MessageWriter().string(1, "body").message(6, graph).int(20, 5);
      graph = new MessageWriter().message(1, new MessageWriter().string(4, "Loop").message(5, attribute));
    }
    expect(() => readModel(new MessageWriter().int(1, 7).message(7, graph).finish())).toThrow(
      /nested more than 8 deep/,
    );
  });

  it("a long chain of nodes overflows no stack", () => {
    const chain = Array.from({ length: 20_000 }, (_, at) =>
      node("Neg", [at === 0 ? "x" : `v${at}`], [at === 19_999 ? "y" : `v${at + 1}`]),
    );
    expect(importing(model(chain)).outputs["y"]!.shape).toEqual([1, 2, 4, 4]);
  });

  const w: TensorOf = { name: "w", shape: [2, 2, 3, 3], values: Array.from({ length: 36 }, (_, at) => Math.sin(at)) };
  const small = model(
    [
      node("Conv", ["x", "w"], ["a"], { attributes: { pads: [1, 1, 1, 1] } }),
      node("Shape", ["a"], ["s"]),
      node("Gather", ["s", "zero"], ["n"]),
      node("Unsqueeze", ["n", "axes"], ["n1"]),
      node("Concat", ["n1", "rest"], ["to"], { attributes: { axis: 0 } }),
      node("Reshape", ["a", "to"], ["b"]),
      node("Softmax", ["b"], ["y"]),
    ],
    {
      initializers: [
        w,
        { name: "zero", shape: [], dtype: "int64", values: [0] },
        { name: "axes", shape: [1], dtype: "int64", values: [0] },
        { name: "rest", shape: [2], dtype: "int64", values: [2, -1] },
      ],
    },
  );

  /** Imports, or says in one of our own errors why not; anything else is a fault of the importer. */
  function attempt(bytes: Uint8Array, inputs: Record<string, Tensor>): "imported" | "refused" {
    try {
      importing(bytes, inputs);
      return "imported";
    } catch (error) {
      const { message, cause } = error as Error;
      expect(message).toMatch(/^onnx: /);
      expect(
        [TypeError, RangeError, ReferenceError].some((fault) => cause instanceof fault && !isDecoding(cause)),
        `${message} ${String((cause as Error | undefined)?.stack)}`,
      ).toBe(false);
      return "refused";
    }
  }

  /** TextDecoder's way of saying that a name is not UTF-8. */
  const isDecoding = (error: Error) => "code" in error && error.code === "ERR_ENCODING_INVALID_ENCODED_DATA";

  it("every truncation of a model is refused", () => {
    expect(attempt(small, { x })).toBe("imported");
    for (let length = 0; length < small.length - 8; length++)
      expect(attempt(small.subarray(0, length), { x }), `${length}`).toBe("refused");
  });

  it.each([
    ["small", small, { x }, 6000],
    ...["unet-instancenorm-halfpixel-16", "segformer-16", "unet-batchnorm-corners-11"].map((name, at) => {
      const bytes = new Uint8Array(readFileSync(join(import.meta.dirname, `../fixtures/onnx/${name}.onnx`)));
      const image = input("image", {
        shape: [
          [1, 2, 16, 16],
          [2, 3, 32, 48],
          [2, 2, 16, 20],
        ][at]!,
      });
      return [name, bytes, { image }, 150] as const;
    }),
  ] as [string, Uint8Array, Record<string, Tensor>, number][])(
    "%s with flipped bytes is imported or refused",
    (name, bytes, inputs, trials) => {
      const random = new Random(11, name);
      const at = () => Math.floor(random.uniform() * bytes.length);
      for (let trial = 0; trial < trials; trial++) {
        const damaged = Uint8Array.from(bytes);
        for (let flips = 1 + (trial % 4); flips > 0; flips--) damaged[at()] = Math.floor(random.uniform() * 256);
        attempt(damaged, inputs);
        if (trial % 3 === 0) attempt(bytes.subarray(0, at()), inputs);
      }
    },
  );
});

describe("element types", () => {
  const half = (values: number[]): TensorOf => ({ name: "w", shape: [4], dtype: "float16", values });

  it("half precision, double, raw and typed fields all become float32 parameters", () => {
    const scope = Scope.root("net");
    const build = (tensor: MessageWriter) => {
      const { x: port, y } = readableParts();
      const add = new MessageWriter().string(1, "x").string(1, "w").string(2, "y").string(4, "Add");
      const graph = new MessageWriter().message(1, add).message(5, tensor).message(11, port).message(12, y);
      const bytes = new MessageWriter().int(1, 7).message(7, graph).message(8, new MessageWriter().int(2, 13)).finish();
      const { parameters } = importOnnx(bytes, { scope: Scope.root("net"), inputs: { x: input("x", { shape: [4] }) } });
      const { leaf } = parameters[0]!.node;
      if (leaf?.kind !== "state" || typeof leaf.init !== "function") throw new Error("no parameter");
      return [...leaf.init([4], { uniform: () => 0, normal: () => 0 })];
    };
    // 0x3c00 = 1, 0xc000 = -2, 0x0001 = 2⁻²⁴, 0x7c00 = infinity
    expect(build(tensorProto(half([0x3c00, 0xc000, 0x0001, 0x7c00])))).toEqual([1, -2, 2 ** -24, Infinity]);
    const head = (type: number) => new MessageWriter().int(1, 4).int(2, type).string(8, "w");
    const doubles = new Uint8Array(Float64Array.of(1, 2, 0.5, -1).buffer);
    expect(build(head(11).bytes(9, doubles))).toEqual([1, 2, 0.5, -1]);
    expect(build(head(11).bytes(10, doubles))).toEqual([1, 2, 0.5, -1]);
    expect(build(head(16).bytes(9, new Uint8Array(Uint16Array.of(0x3f80, 0xc000, 0, 0x3f00).buffer)))).toEqual([
      1, -2, 0, 0.5,
    ]);
    expect(scope.parameters()).toEqual([]);
  });
});
