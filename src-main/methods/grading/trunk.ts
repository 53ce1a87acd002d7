/** @file A person's ONNX trunk as a differentiable part of a network. In the worker process alone: its file is from elsewhere. */
import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import {
  externalLocations,
  importOnnx,
  input,
  type ModelProto,
  readModel,
  reshape,
  Scope,
  sizeOf,
  type Tensor,
  UnsupportedOnnxError,
} from "../../engine/index.ts";
import { Problem } from "../../problem/index.ts";
import { checkTrunkSize, isPossibleSide, type OnnxTrunk, SIDES, type TrunkRecord } from "./trunk-record.ts";

/** Larger files are no trunk that this computer trains; a message of the format ends at twice as much. */
const LARGEST_FILE = 2 ** 30;
/** What layers without weights may take, gzipped: every model and run keeps them. */
const LARGEST_GRAPH = 8 * 2 ** 20;
/** Weights below stay in the graph: some are read as numbers too, such as scales. Bytes. */
const SMALL = 1024;
/** Sides that are tried where the file leaves them open: networks halve images up to five times, transformers want one size. */
const TRIED = [224, 256, 128, 64, 384, 512, 32];
/** Images that are tried at once: one would not tell a batch from a constant. */
const TRIED_BATCH = 2;

/** [N, features, cells, cells] of images [N, channels, side, side]; of a trunk that says nothing of places one cell. */
export function trunkFeatures(scope: Scope, image: Tensor, { graph, model }: OnnxTrunk): Tensor {
  const proto = readModel(model ?? gunzipSync(Buffer.from(graph, "base64"), { maxOutputLength: LARGEST_FILE }));
  return featuresOf(scope, image, proto).features;
}

/** The trunk for images of a size. Throws `Problem` where it does not take them. */
export function openTrunk(record: TrunkRecord, size: number): OnnxTrunk {
  const { id, name, features, channels, graph } = record;
  checkTrunkSize(record, size);
  const trunk: OnnxTrunk = { kind: "onnx", id, name, features, cells: 1, graph };
  const image = input("image", { shape: [1, channels, size, size] });
  let cells;
  try {
    cells = squareCells(trunkFeatures(Scope.root("trunk"), image, trunk));
  } catch (cause) {
    const hint = "Set another size, best that of the images that it learned from.";
    const title = `The trunk ${name} takes no images of ${size} pixels.`;
    throw new Problem({ code: "bad-request", title, detail: reasonOf(cause), hint }, { cause });
  }
  return { ...trunk, cells };
}

/** Throws `Problem` where the file is no trunk that can be learned with. `name`: for messages, and what it is called. */
export function lookAtTrunk(bytes: Uint8Array, name: string): TrunkRecord {
  const proto = readable(bytes, name);
  const { channels, size } = imagesOf(proto, name);
  const { features, parameters, norms } = tried(proto, { name, channels, size });
  const [, count, rows] = features.shape as [number, number, number];
  const trained = new Set(parameters.map(({ path }) => path));
  if (trained.size === 0) {
    throw notATrunk(name, "None of its numbers is a weight that learns: they are constants of its layers.", {
      hint: "Export it with its weights as initializers, as torch.onnx.export does.",
    });
  }
  const graph = gzipSync(withoutWeights(bytes, (weight) => trained.has(`trunk.${weight}`))).toString("base64");
  if (graph.length > LARGEST_GRAPH) {
    throw notATrunk(name, `It keeps ${(graph.length / 2 ** 20).toFixed(0)} MiB of numbers as constants.`, {
      hint: "Export it with its weights as initializers, as torch.onnx.export does.",
    });
  }
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return {
    id: sha256.slice(0, 16),
    name: name.replace(/\.onnx$/i, ""),
    bytes: bytes.length,
    sha256,
    channels,
    size,
    features: count,
    tellsPlaces: rows > 1,
    weights: parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    norms,
    graph,
  };
}

interface ImportedTrunk {
  features: Tensor;
  parameters: readonly Tensor[];
  norms: number;
}

function featuresOf(scope: Scope, image: Tensor, proto: ModelProto): ImportedTrunk {
  const name = inputsOf(proto)[0]!.name;
  // Small sets have batches too small for statistics of their own: those of the file stay.
  const { outputs, parameters } = importOnnx(proto, {
    scope,
    inputs: { [name]: image },
    resizable: true,
    batchNorm: "frozen",
  });
  const [said] = Object.values(outputs);
  const { shape } = said!;
  const norms = scope.buffers().length / 2; // mean and variance
  const batch = image.shape[0]!;
  const isOfImages = said!.dtype === "float32" && shape[0] === batch && (shape.length === 2 || shape.length === 4);
  if (!isOfImages) {
    throw new Error(
      `for ${batch} images it gives ${said!.dtype} [${shape.join(", ")}]; expected float32 [${batch}, features] or [${batch}, features, height, width]`,
    );
  }
  const features = shape.length === 4 ? said! : reshape(said!, { to: [batch, shape[1]!, 1, 1] });
  return { features, parameters, norms };
}

function squareCells({ shape }: Tensor): number {
  const [, , rows, columns] = shape as [number, number, number, number];
  if (rows !== columns) throw new Error(`its features of a square image are ${rows} × ${columns}, not square`);
  return rows;
}

function readable(bytes: Uint8Array, name: string): ModelProto {
  if (bytes.length > LARGEST_FILE) {
    throw notATrunk(name, "It is larger than 1 GiB.", { hint: "Choose a smaller network." });
  }
  try {
    if (externalLocations(bytes).length > 0) {
      throw notATrunk(name, "It keeps its weights in other files.", {
        hint: "Export it as one file, with its weights inside.",
      });
    }
    return readModel(bytes);
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem(
      {
        code: "corrupt-file",
        title: `${name}: the file is no ONNX model, or damaged.`,
        detail: reasonOf(cause),
        hint: "Export it again, or choose another file.",
      },
      { cause },
    );
  }
}

const inputsOf = ({ graph }: ModelProto) => {
  const initialized = new Set(graph.initializers.map(({ name }) => name));
  return graph.inputs.filter(({ name }) => !initialized.has(name));
};

/** Channels and side of the images that a model takes. Throws `Problem` where it takes something else. */
function imagesOf(proto: ModelProto, name: string): Pick<TrunkRecord, "channels" | "size"> {
  const inputs = inputsOf(proto);
  const { outputs } = proto.graph;
  const hint =
    "Export the network without its last layer: float32 images [N, C, H, W] in, features [N, F] or [N, F, h, w] out.";
  const of = (all: readonly { name: string }[]) => (all.length === 0 ? "none" : all.map((one) => one.name).join(", "));
  if (inputs.length !== 1 || outputs.length !== 1) {
    const detail = `It has the inputs ${of(inputs)} and the outputs ${of(outputs)}; a trunk has one of each.`;
    throw notATrunk(name, detail, { hint });
  }
  const { shape, elementType, name: port } = inputs[0]!;
  const told = shape === null ? "of any shape" : `[${shape.map((one) => one || "?").join(", ")}]`;
  if (shape?.length !== 4 || elementType !== 1) {
    throw notATrunk(name, `Its input ${port} is ${told}${elementType === 1 ? "" : ", not of float32"}.`, { hint });
  }
  const [, channels, height, width] = shape as [number | string, number | string, number | string, number | string];
  if (channels !== 1 && channels !== 3) {
    throw notATrunk(name, `Its input ${port} is ${told}: images of a project have 1 channel (gray) or 3 (color).`, {
      hint: "Choose a network for gray images or for images in color, whose file says the number of channels.",
    });
  }
  if (typeof height === "string" || typeof width === "string") {
    const known = [height, width].find((one) => typeof one === "number");
    if (known !== undefined)
      throw notATrunk(name, `Its input ${port} is ${told}: one side is fixed, one is not.`, { hint });
    return { channels, size: null };
  }
  if (height !== width || !isPossibleSide(height)) {
    throw notATrunk(name, `Its images are ${width} × ${height} pixels.`, {
      hint: `Images are brought to squares: export it for a side from ${SIDES.least} to ${SIDES.most}, a multiple of ${SIDES.multipleOf}, or with both sides left open.`,
    });
  }
  return { channels, size: height };
}

/** The trunk on images of its size, or of the first that it takes. */
function tried(
  proto: ModelProto,
  { name, channels, size }: Pick<TrunkRecord, "name" | "channels" | "size">,
): ImportedTrunk {
  const sides = size === null ? TRIED : [size];
  let first: unknown;
  for (const side of sides) {
    try {
      const image = input("image", { shape: [TRIED_BATCH, channels, side, side] });
      const imported = featuresOf(Scope.root("trunk"), image, proto);
      squareCells(imported.features);
      return imported;
    } catch (error) {
      if (error instanceof UnsupportedOnnxError) throw unsupported(name, error);
      first ??= error;
    }
  }
  const where = size === null ? `Tried with images of ${sides.join(", ")} pixels; of ${sides[0]}: ` : "";
  throw notATrunk(
    name,
    `${where}${reasonOf(first)}`,
    {
      hint: "Export it with the batch left open (dynamic_axes), without its last layer, for the size of the images it learned from.",
    },
    first,
  );
}

function unsupported(name: string, error: UnsupportedOnnxError): Problem {
  const operators = [...new Set(error.operators.map(({ operator }) => operator))].join(", ");
  const lines = error.operators.map(({ operator, reason, nodes }) => {
    return `${operator} at ${nodes.slice(0, 3).join(", ")}${nodes.length > 3 ? ` and ${nodes.length - 3} more` : ""}${reason === "" ? "" : `: ${reason}`}`;
  });
  return new Problem(
    {
      code: "unsupported-file",
      title: `${name} cannot be trained here: not supported ${error.operators.length === 1 ? "is" : "are"} ${operators}.`,
      detail: `${lines.join("; ")}.`,
      hint: "Replace these layers before exporting, export with another opset (9 to 21), or choose another network.",
    },
    { cause: error },
  );
}

function notATrunk(name: string, detail: string, { hint }: { hint: string }, cause?: unknown): Problem {
  return new Problem(
    { code: "unsupported-file", title: `${name} is no trunk that a classifier can be trained on.`, detail, hint },
    { cause },
  );
}

/** As a sentence, without what the engine calls itself. */
function reasonOf(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).replace(/^onnx: /, "");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

/** The same file with numbers that states hold in its place set to 0, so that it packs to nearly nothing. */
function withoutWeights(bytes: Uint8Array, isState: (name: string) => boolean): Uint8Array {
  const emptied = new Uint8Array(bytes);
  for (const { name, raw, typed } of readModel(emptied).graph.initializers) {
    if (!isState(name)) continue;
    // Views of `emptied`. Integers of variable length, as half precision may be written in, stay: zeros would be more of them.
    const fixed = typed !== null && FIXED_WIDTH.includes(typed.number) ? typed.packed : [];
    for (const part of raw === null ? fixed : [raw]) if (part.length >= SMALL) part.fill(0);
  }
  return emptied;
}

/** float_data and double_data of TensorProto. */
const FIXED_WIDTH = [4, 10];
