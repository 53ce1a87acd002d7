/** @file A trained model of labels by itself, whichever method made it. */
import { ParameterStore, type State } from "../../engine/runtime/index.ts";
import { decodeSafetensors } from "../../engine/safetensors.ts";
import { Random } from "../../random/index.ts";
import type { ComputeDevice } from "../start-request.ts";
import { compileChain, compileGuide, gradeByDiffusion } from "./diffusion-grader.ts";
import type { Grader } from "./label-target.ts";
import { gradeByLooks } from "./looks.ts";
import { readGrader } from "./model-file.ts";
import { classifierProgram } from "./programs.ts";

/** Images that a network takes at once. */
const BATCH = 16;

/** `weights`: what a training of labels gave. Throws `Problem` "unsupported-file" where they are of another. */
export async function openGrader(weights: Uint8Array, device: ComputeDevice): Promise<Grader> {
  const { tensors, metadata } = decodeSafetensors(weights);
  const description = readGrader(metadata);
  const { shape, targets, chain } = description;
  const store = new ParameterStore({ device, random: (name) => new Random(0, name) });
  const compile = store.compile.bind(store);
  const grade = await (async (): Promise<Grader["grade"]> => {
    if (chain === undefined) {
      const program = await compile(classifierProgram(shape, BATCH));
      return (images, options) => gradeByLooks(program, BATCH, images, options, description);
    }
    const guide = await compileGuide(compile, shape, BATCH);
    const programs = { guide, ...(await compileChain(compile, shape, BATCH, chain)) };
    return (images, options) => gradeByDiffusion(programs, images, options, description);
  })();
  await store.restore(tensors as State);
  return { targets, batch: BATCH, grade, release: () => store.release() };
}
