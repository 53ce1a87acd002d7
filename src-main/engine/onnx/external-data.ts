/**
 * @file Which other files an ONNX model keeps numbers in, found without making anything of it. Field numbers after onnx/onnx.proto3. Files are
 * untrusted: such a name may be any path of this machine, so whoever opens the model has to look at them first.
 */
import { visitFields } from "./protobuf.ts";
import { readTensorProto } from "./tensor-proto.ts";

const MAX_DEPTH = 8;
const MAX_LOCATIONS = 10_000;

/** Names as they stand in the model, each once. Throws `onnx: …` where the bytes are no model or damaged. */
export function externalLocations(bytes: Uint8Array): string[] {
  const locations = new Set<string>();
  let hasGraph = false;
  const tensor = (part: Uint8Array): void => {
    const { externalLocation } = readTensorProto(part);
    if (externalLocation !== null) locations.add(externalLocation);
    if (locations.size > MAX_LOCATIONS) throw new Error(`it names more than ${MAX_LOCATIONS} other files.`);
  };
  const sparse = (part: Uint8Array): void =>
    visitFields(part, (number, _, inner) => void ((number === 1 || number === 2) && tensor(inner)));
  const node = (part: Uint8Array, depth: number): void =>
    visitFields(part, (number, _, attribute) => {
      if (number !== 5) return;
      visitFields(attribute, (field, _value, inner) => {
        if (field === 5 || field === 10) tensor(inner);
        else if (field === 6 || field === 11) graph(inner, depth + 1);
        else if (field === 22 || field === 23) sparse(inner);
      });
    });
  const graph = (part: Uint8Array, depth: number): void => {
    if (depth > MAX_DEPTH) throw new Error(`graphs inside graphs are nested more than ${MAX_DEPTH} deep.`);
    visitFields(part, (number, _, inner) => {
      if (number === 1) node(inner, depth);
      else if (number === 5) tensor(inner);
      else if (number === 15) sparse(inner);
    });
  };
  try {
    visitFields(bytes, (number, _, part) => {
      if (number === 7) {
        hasGraph = true;
        graph(part, 0);
      } else if (number === 20)
        visitFields(part, (field, _value, inner) => void ((field === 1 || field === 2) && graph(inner, 1)));
      else if (number === 25) visitFields(part, (field, _value, inner) => void (field === 7 && node(inner, 1)));
    });
    if (!hasGraph) throw new Error("it holds no graph.");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`onnx: the bytes are not an ONNX model, or are damaged: ${reason}`, { cause: error });
  }
  return [...locations];
}
