/** @file The ONNX trunk of a training, as its bundle holds it. */
import type { GivenTrunk } from "../methods/index.ts";
import type { Bundle } from "./bundle.ts";

/** Undefined where the training has none. Throws `Problem` "corrupt-file" where its file is not in the bundle. */
export async function trunkOf(bundle: Bundle): Promise<GivenTrunk | undefined> {
  const { trunk } = bundle.recipe;
  return trunk && { record: trunk, bytes: await bundle.read("trunk") };
}
