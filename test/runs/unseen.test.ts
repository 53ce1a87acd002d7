/** @file What a training sees of masks that were accepted unseen. */
import { expect, test } from "vitest";
import { planEvaluation } from "../../src-main/runs/prediction-request.ts";
import { planTraining, trainingFrames } from "../../src-main/runs/training-request.ts";
import { acceptUnseen, addModel, addProposal, maskOf, newImage, newProject } from "../project/fixture.ts";

async function newStudy() {
  const project = newProject();
  const { modelId, runId } = addModel(project);
  const add = async (
    name: string,
    split: "train" | "val" | "unlabelled",
    how: "drawn" | "accepted" | "unseen" | "nothing",
  ) => {
    const frameId = project.images.add(newImage(name), { split }).frameIds[0]!;
    if (how === "drawn") project.annotations.write(frameId, maskOf(1, 9), { origin: "drawn" });
    if (how === "accepted") project.proposals.accept(addProposal(project, frameId, modelId, runId));
    if (how === "unseen") await acceptUnseen(project, [{ proposalId: addProposal(project, frameId, modelId, runId) }]);
    return frameId;
  };
  const frames = {
    drawn: await add("drawn", "train", "drawn"),
    unseenTrain: await add("unseen train", "train", "unseen"),
    validation: await add("validation", "val", "drawn"),
    unseenValidation: await add("unseen validation", "val", "unseen"),
    reviewed: await add("reviewed", "unlabelled", "accepted"),
    unseen: await add("unseen", "unlabelled", "unseen"),
    open: await add("open", "unlabelled", "nothing"),
  };
  return { project, modelId, frames };
}

const idsOf = (frames: readonly { frameId: number }[]): number[] => frames.map(({ frameId }) => frameId);

test("validation and evaluation leave them out", async () => {
  const { project, modelId, frames } = await newStudy();
  const training = planTraining(project, { method: "segment", includeAccepted: true }, "cpu");
  const validated = training.snapshot.frames.filter(({ split }) => split === "val");
  expect(idsOf(validated)).toEqual([frames.validation]);
  expect(idsOf(planEvaluation(project, { modelId, split: "val" }, "cpu").snapshot.frames)).toEqual([frames.validation]);
});

test("a supervised training learns from them when asked to, one with pseudo-labels of its own takes them without", async () => {
  const { project, frames } = await newStudy();
  const supervised = { needs: { train: 1, validate: 1 } };
  const asked = trainingFrames(project, supervised, { includeAccepted: true });
  expect(idsOf(asked.labelled)).toEqual([frames.drawn, frames.unseenTrain, frames.reviewed, frames.unseen]);
  const { labelled, unlabelled } = trainingFrames(
    project,
    { needs: { ...supervised.needs, unlabelled: 1 } },
    { includeAccepted: true },
  );
  expect(idsOf(labelled)).toEqual([frames.drawn, frames.reviewed]);
  expect(unlabelled.map(({ frameId, revisionId }) => [frameId, revisionId])).toEqual([
    [frames.unseenTrain, null],
    [frames.unseen, null],
    [frames.open, null],
  ]);
});
