/** @file Ranking, acceptance unseen, audit and residual error on projects whose records and truths are made by code. */
import { describe, expect, test } from "vitest";
import type { ReviewFlag, ReviewRecord } from "../../src-main/api/contract.ts";
import { Reviewer } from "../../src-main/api/reviewer.ts";
import type { Project } from "../../src-main/project/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { addModel, maskOf, newImage, newProject, SIZE } from "../project/fixture.ts";

const noise = new Random("reviewer");

/** A record from which an estimate can tell the Dice, but for some noise. */
function recordOf(dice: number, flags: ReviewFlag[] = []): ReviewRecord {
  const seen = (): number => Math.min(0.99, Math.max(0.02, dice + 0.03 * noise.normal()));
  const rest = { meanConfidence: 0.9, meanEntropy: 0.1, softDice: null, hardDice: null, components: 1 };
  const deviations = { areaZ: null, placeZ: null, elongationZ: null };
  return {
    views: 8,
    classes: [
      { value: 1, area: 20, expectedDice: seen(), viewDice: seen(), removedFraction: 0, ...rest, ...deviations },
    ],
    foregroundEntropy: 1 - dice,
    margin: dice,
    borderEntropy: 0.5,
    disagreement: null,
    hardDisagreement: null,
    flags,
  };
}

interface Study {
  project: Project;
  reviewer: Reviewer;
  modelId: number;
  runId: number;
  addFrame(patient: string, split?: "val" | "unlabelled"): number;
  propose(frameId: number, dice: number, flags?: ReviewFlag[]): number;
}

function newStudy(): Study {
  const project = newProject();
  const { modelId, runId } = addModel(project);
  const feature = (dice: number): Int8Array => Int8Array.from([Math.round(100 * dice), 0]);
  return {
    project,
    reviewer: new Reviewer(project),
    modelId,
    runId,
    addFrame: (patient, split = "unlabelled") => project.images.add(newImage(patient), { split }).frameIds[0]!,
    propose: (frameId, dice, flags) =>
      project.proposals.add({
        frameId,
        modelId,
        runId,
        mask: maskOf(1, 20),
        confidence: new Uint8Array(SIZE.width * SIZE.height),
        expectedDice: dice,
        review: {
          record: recordOf(dice, flags),
          uncertainty: new Uint8Array(3),
          difference: null,
          feature: feature(dice),
        },
      }),
  };
}

/** Validation patients whose Dice is known. */
function addTruth({ project, modelId, addFrame }: Study, dices: readonly number[]): void {
  dices.forEach((dice, place) => {
    const frameId = addFrame(`truth ${place}`, "val");
    const { revisionId } = project.annotations.write(frameId, maskOf(1, 20), { origin: "drawn" });
    const review = { record: recordOf(dice), feature: Int8Array.from([0, Math.round(100 * dice)]) };
    project.reviews.addEvidence({ modelId, frameId, revisionId, dice, review });
  });
}

/** `good` cases of a Dice of 0.88 to 0.98, and poor ones of 0.3 to 0.75. */
function spread(good: number, poor: number): number[] {
  const random = new Random(good, poor);
  return [
    ...Array.from({ length: good }, () => random.between(0.88, 0.98)),
    ...Array.from({ length: poor }, () => random.between(0.3, 0.75)),
  ];
}

describe("the queue", () => {
  test("is ordered by an uncalibrated score until ten patients are known, then by an estimated Dice", () => {
    const study = newStudy();
    [0.9, 0.4, 0.7].forEach((dice, place) => study.propose(study.addFrame(`p${place}`), dice));
    const before = study.reviewer.queue();
    expect(before.items.map(({ rank }) => rank)).toEqual([1, 2, 3]);
    expect(before.items.map(({ expectedDice }) => expectedDice)).toEqual([0.4, 0.7, 0.9]);
    expect(before.items.every(({ estimatedDice }) => estimatedDice === null)).toBe(true);
    expect(before.condition).toMatchObject({ isMet: false, reason: "uncalibrated", evidence: { cases: 0 } });
    expect(before.progress).toMatchObject({ decided: 0, total: 3, residualError: null });
    addTruth(study, spread(20, 10));
    const after = study.reviewer.queue();
    expect(after.items.map(({ expectedDice }) => expectedDice)).toEqual([0.4, 0.7, 0.9]);
    after.items.forEach(({ estimatedDice, expectedDice }) => {
      expect(Math.abs(estimatedDice! - expectedDice)).toBeLessThan(0.15);
    });
  });

  test("proposals without a record keep their expected Dice, and none of them is accepted unseen", async () => {
    const { project, reviewer, modelId, addFrame } = newStudy();
    const confidence = new Uint8Array(SIZE.width * SIZE.height);
    project.proposals.add({
      frameId: addFrame("p"),
      modelId,
      runId: null,
      mask: maskOf(1, 9),
      confidence,
      expectedDice: 0.99,
    });
    const { items, condition } = reviewer.queue();
    expect(items).toMatchObject([{ score: 0.99, estimatedDice: null }]);
    expect(condition).toMatchObject({ isMet: false, reason: "no-records" });
    await expect(reviewer.acceptAbove(0.5)).rejects.toThrow("No proposal may be accepted unseen yet.");
  });
});

describe("acceptance unseen", () => {
  test("is refused with 28 good patients, allowed with 29, from the threshold that they prove", async () => {
    const study = newStudy();
    [0.95, 0.94, 0.5].forEach((dice, place) => study.propose(study.addFrame(`p${place}`), dice));
    addTruth(study, spread(28, 0));
    expect(study.reviewer.queue().condition).toMatchObject({
      isMet: false,
      reason: "too-few",
      evidence: { cases: 28, accepted: 28 },
    });
    await expect(study.reviewer.acceptAbove(0.9)).rejects.toThrow("No proposal may be accepted unseen yet.");
    addTruth({ ...study, addFrame: (_, split) => study.addFrame("one more", split) }, [0.93]);
    const { condition } = study.reviewer.queue();
    expect(condition).toMatchObject({ isMet: true, evidence: { cases: 29, accepted: 29, failures: 0 } });
    const { threshold } = condition as Extract<typeof condition, { isMet: true }>;
    await expect(study.reviewer.acceptAbove(threshold - 0.05)).rejects.toThrow("from an estimated Dice of");
    expect(study.project.proposals.list({ state: "pending" })).toHaveLength(3);
  });

  test("takes what is good and has no flag, leaves a random share to a person, and tells the masks apart", async () => {
    const study = newStudy();
    const { project, reviewer, addFrame, propose } = study;
    const good = Array.from({ length: 40 }, (_, place) => propose(addFrame(`good ${place}`), 0.96));
    const flagged = propose(addFrame("flagged"), 0.97, [{ kind: "missing", value: 1 }]);
    const poor = propose(addFrame("poor"), 0.4);
    addTruth(study, spread(45, 12));
    const { condition } = reviewer.queue();
    const { threshold } = condition as Extract<typeof condition, { isMet: true }>;
    expect(threshold).toBeLessThan(0.9);
    const before = reviewer.queue().progress.residualError!;
    const outcome = await reviewer.acceptAbove(threshold);
    expect(outcome).toEqual({ accepted: 38, audited: 2, left: 0 });
    const { items, progress } = reviewer.queue();
    expect(items.map(({ proposalId }) => proposalId)).toEqual(expect.arrayContaining([flagged, poor]));
    const audits = items.filter(({ isAudit }) => isAudit);
    expect(audits).toHaveLength(2);
    expect(good).toEqual(expect.arrayContaining(audits.map(({ proposalId }) => proposalId)));
    expect(progress).toMatchObject({
      decided: 0,
      total: 42,
      unseen: 38,
      audit: { drawn: 2, decided: 0, isAlarm: false },
    });
    // Nobody has looked yet: what is wrong is as wrong as before.
    expect(progress.residualError!.error).toBeCloseTo(before.error, 10);
    const accepted = project.proposals.list({ state: "accepted" })[0]!;
    expect(project.reviews.provenance(accepted.frameId)).toMatchObject({
      isReviewed: false,
      proposal: { dice: 1, modelName: "U-Net", scribbles: 0 },
      acceptance: { quality: threshold, isWithEvidence: true },
    });
    project.reviews.undo();
    expect(reviewer.queue().items).toHaveLength(42);
    // The same are drawn again: nobody can undo until they like the lot.
    expect(await reviewer.acceptAbove(threshold)).toEqual(outcome);
    expect(reviewer.queue().items.filter(({ isAudit }) => isAudit)).toEqual(
      audits.map((audit) => ({ ...audit, rank: expect.any(Number) as number })),
    );
  });

  test("a person's decisions are evidence, and bring the residual error down", () => {
    const study = newStudy();
    const { project, reviewer, addFrame, propose } = study;
    const frames = spread(10, 10).map((dice, place) => ({ dice, id: propose(addFrame(`p${place}`), dice) }));
    addTruth(study, spread(12, 6));
    const before = reviewer.queue();
    expect(before.condition).toMatchObject({ evidence: { cases: 18 } });
    for (const { dice, id } of frames.filter(({ dice }) => dice < 0.8)) {
      if (dice < 0.5) project.proposals.reject(id);
      else project.proposals.acceptEdited(id, maskOf(1, 40));
    }
    const after = reviewer.queue();
    expect(after.condition).toMatchObject({ evidence: { cases: 28 } });
    expect(after.progress.decided).toBe(10);
    expect(after.progress.residualError!.error).toBeLessThan(before.progress.residualError!.error / 2);
    // 20 pixels proposed, 40 accepted.
    const edited = project.proposals.list({ state: "edited" })[0]!;
    expect(project.reviews.provenance(edited.frameId)).toMatchObject({
      isReviewed: true,
      proposal: { dice: 40 / 60 },
      acceptance: null,
    });
  });

  test("failures in the audit close it again", async () => {
    const study = newStudy();
    const { project, reviewer, addFrame, propose } = study;
    for (let place = 0; place < 100; place++) propose(addFrame(`p${place}`), 0.96);
    addTruth(study, spread(120, 0));
    const proven = reviewer.queue().condition;
    const { threshold } = proven as Extract<typeof proven, { isMet: true }>;
    expect(await reviewer.acceptAbove(threshold)).toEqual({ accepted: 95, audited: 5, left: 0 });
    const audits = reviewer.queue().items.filter(({ isAudit }) => isAudit);
    const scribble = { value: 1, isForeground: true, radius: 2, points: [{ x: 1, y: 1 }] };
    for (const { proposalId } of audits) {
      // One is corrected by a scribble first: it stays the audit's.
      const isFirst = proposalId === audits[0]!.proposalId;
      const correction = { mask: maskOf(1, 30), expectedDice: 0.9, scribble };
      const present = isFirst ? project.proposalSteps.correct(proposalId, correction) : proposalId;
      project.proposals.acceptEdited(present, maskOf(1, 60));
    }
    propose(addFrame("next"), 0.96);
    const { condition, progress } = reviewer.queue();
    expect(progress.audit).toMatchObject({ drawn: 5, decided: 5, failures: 5, isAlarm: true });
    expect(condition).toMatchObject({ isMet: false, reason: "drift" });
    await expect(reviewer.acceptAbove(threshold)).rejects.toThrow("No proposal may be accepted unseen yet.");
  });

  test("without evidence it is done when asked for, and recorded as that", async () => {
    const { project, reviewer, addFrame, propose } = newStudy();
    const frameId = addFrame("p");
    propose(frameId, 0.9);
    expect(await reviewer.acceptAbove(0, { withoutEvidence: true })).toEqual({ accepted: 1, audited: 0, left: 0 });
    expect(project.reviews.provenance(frameId)).toMatchObject({
      isReviewed: false,
      acceptance: { isWithEvidence: false },
    });
  });
});

test("what is suggested lies among the worst and differs from what is known and from each other", () => {
  const study = newStudy();
  expect(study.reviewer.suggestions(3)).toEqual([]);
  const frames = [0.9, 0.88, 0.86, 0.84, 0.82, 0.8, 0.4, 0.39, 0.2, 0.1].map((dice, place) => {
    const frameId = study.addFrame(`p${place}`);
    study.propose(frameId, dice);
    return frameId;
  });
  // The worst 30 % are the last three; known is nothing: the worst first, then what is farthest from it.
  expect(study.reviewer.suggestions(3).map(({ frameId }) => frameId)).toEqual([frames[9], frames[7], frames[8]]);
  study.project.proposals.reject(study.reviewer.queue().items[0]!.proposalId);
  // The rejected one is known: the two others and the next are farther from it than nothing.
  expect(study.reviewer.suggestions(1).map(({ frameId }) => frameId)).toEqual([frames[6]]);
});

describe("the change of one image", () => {
  test("is told as the whole queue tells it, and a decision changes the rows of one frame", () => {
    const study = newStudy();
    const frames = [0.9, 0.4, 0.7].map((dice, place) => {
      const frameId = study.addFrame(`p${place}`);
      return { frameId, proposalId: study.propose(frameId, dice) };
    });
    const told: { what: string[]; frameIds: number[] | undefined }[] = [];
    study.project.onChange((what, frameIds) => told.push({ what, frameIds }));
    const { frameId, proposalId } = frames[1]!;
    study.project.proposals.accept(proposalId);
    expect(told).toEqual([{ what: ["proposals", "frames"], frameIds: [frameId] }]);
    const { items, ...rest } = study.reviewer.queue();
    const accepted = study.reviewer.changes([frameId]);
    expect(accepted).toEqual({ ...rest, items: [], proposals: [expect.objectContaining({ state: "accepted" })] });
    study.project.reviews.undo();
    expect(told.at(-1)!.frameIds).toEqual([frameId]);
    const reopened = study.reviewer.changes([frameId]);
    expect(reopened.proposals).toMatchObject([{ proposalId, state: "pending" }]);
    const whole = study.reviewer.queue();
    expect(reopened.items).toEqual(whole.items.filter((item) => item.proposalId === proposalId));
    expect([items.length, whole.items.length]).toEqual([2, 3]);
  });

  test("says when all scores are others: estimates were learned from a decision", () => {
    const study = newStudy();
    const ids = [0.9, 0.4, 0.7].map((dice, place) => study.propose(study.addFrame(`p${place}`), dice));
    const scoring = () => study.reviewer.queue().scoring;
    const first = scoring();
    study.project.proposals.accept(ids[0]!);
    // Nothing is learned from one patient.
    expect(scoring()).toBe(first);
    addTruth(study, spread(20, 10));
    const calibrated = scoring();
    expect(calibrated).not.toBe(first);
    study.project.classes.add({ name: "other" });
    expect(scoring()).toBe(calibrated);
    study.project.proposals.accept(ids[1]!);
    expect(scoring()).not.toBe(calibrated);
  });
});
