import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { openProject } from "../../src-main/project/index.ts";
import { migrate } from "../../src-main/project/migrations/index.ts";
import { acceptUnseen, addFrame, addModel, addProposal, maskOf, newImage, newProject, SIZE } from "./fixture.ts";

describe("annotations", () => {
  it("start empty and read back byte for byte", () => {
    const project = newProject();
    const frameId = addFrame(project);
    expect(project.annotations.state(frameId)).toEqual({
      revisionId: 0,
      origin: null,
      canUndo: false,
      canRedo: false,
    });
    expect(project.annotations.mask(frameId)).toBeNull();
    const rle = maskOf(2, 30);
    const state = project.annotations.write(frameId, rle, { origin: "drawn", base: 0 });
    expect(state).toMatchObject({ origin: "drawn", canUndo: true, canRedo: false });
    expect(project.annotations.mask(frameId)).toEqual(rle);
    expect(project.images.frame(frameId).row.annotation).toBe("drawn");
  });

  it("can be undone and redone after the project was closed", () => {
    const project = newProject();
    const frameId = addFrame(project);
    project.annotations.write(frameId, maskOf(1, 5), { origin: "drawn" });
    project.annotations.write(frameId, maskOf(1, 9), { origin: "drawn" });
    project.close();

    const again = openProject(project.path);
    again.annotations.undo(frameId);
    expect(again.annotations.mask(frameId)).toEqual(maskOf(1, 5));
    again.close();

    const third = openProject(project.path);
    expect(third.annotations.state(frameId)).toMatchObject({ canUndo: true, canRedo: true });
    third.annotations.redo(frameId);
    expect(third.annotations.mask(frameId)).toEqual(maskOf(1, 9));
    third.annotations.undo(frameId);
    third.annotations.undo(frameId);
    expect(third.annotations.mask(frameId)).toBeNull();
    expect(third.annotations.undo(frameId).canUndo).toBe(false);
    third.close();
  });

  it("forget the undone stroke for redo once a new one is drawn, but keep it in the file", () => {
    const project = newProject();
    const frameId = addFrame(project);
    const first = project.annotations.write(frameId, maskOf(1, 5), { origin: "drawn" });
    project.annotations.undo(frameId);
    const second = project.annotations.write(frameId, maskOf(2, 7), { origin: "drawn" });
    expect(second.canRedo).toBe(false);
    project.annotations.undo(frameId);
    expect(project.annotations.redo(frameId).revisionId).toBe(second.revisionId);
    expect(project.annotations.revision(first.revisionId)).toEqual(maskOf(1, 5));
  });

  it("refuse a stale base, another size, unknown classes and damaged bytes, and keep what was there", () => {
    const project = newProject();
    const frameId = addFrame(project);
    const { revisionId } = project.annotations.write(frameId, maskOf(1, 5), { origin: "drawn" });
    const attempts: [Uint8Array, number, string][] = [
      [maskOf(1, 6), 0, "conflict"],
      [maskOf(1, 6, { width: 8, height: 8 }), revisionId, "mask-mismatch"],
      [maskOf(9, 6), revisionId, "bad-request"],
      [maskOf(1, 6).subarray(0, 6), revisionId, "corrupt-file"],
    ];
    for (const [rle, base, code] of attempts) {
      expect(() => project.annotations.write(frameId, rle, { origin: "drawn", base })).toThrow(
        expect.objectContaining({ code }),
      );
    }
    expect(project.annotations.head(frameId)).toBe(revisionId);
  });

  it("deflate a noisy mask and give it back exactly", () => {
    const project = newProject();
    const frames = [{ ...newImage("noise").frames[0]!, width: 64, height: 64 }];
    const frameId = project.images.add(newImage("noise", { frames })).frameIds[0]!;
    const rle = maskOf(1, 0, { width: 64, height: 64 });
    const striped = Uint8Array.from([
      ...rle.subarray(0, 6),
      ...Array.from({ length: 4096 }, (_, i) => [i % 2, 0]).flat(),
    ]);
    project.annotations.write(frameId, striped, { origin: "drawn" });
    expect(project.annotations.mask(frameId)).toEqual(striped);
  });
});

describe("images and cases", () => {
  it("an image whose file is there already is pointed to, its bytes stored once", () => {
    const project = newProject();
    const first = project.images.add(newImage("p01_001"));
    expect(project.images.add(newImage("p01_001", { fileName: "copy.png" }))).toEqual({ ...first, duplicate: true });
    expect(project.images.frames()).toHaveLength(1);
    expect(project.images.sourceOfFrame(first.frameIds[0]!)).toMatchObject({
      bytes: new Uint8Array(Buffer.from("pixels of p01_001")),
      fileName: "p01_001.png",
      frameIndex: 0,
    });
    expect(project.images.thumbnail(first.frameIds[0]!)).toEqual(new Uint8Array(Buffer.from("thumbnail")));
  });

  it("frames stored each by itself are frame 0 of their own file, with their place in the patient", () => {
    const project = newProject();
    const geometry = {
      origin: { x: 0.1, y: -20, z: 1 / 3 },
      columnDirection: { x: 1, y: 0, z: 0 },
      rowDirection: { x: 0, y: 1, z: 0 },
      sliceStep: { x: 0, y: 0, z: 2.5 },
    };
    const [frame] = newImage("x").frames;
    const slices = [Buffer.from("slice 0"), Buffer.from("slice 1")];
    const volume = newImage("v", { format: "nifti", sourceBytes: slices, frames: [frame!, { ...frame!, geometry }] });
    const { imageId, frameIds } = project.images.add(volume);
    const source = project.images.sourceOfFrame(frameIds[1]!);
    expect(source).toMatchObject({ bytes: new Uint8Array(slices[1]!), frameIndex: 0, imageId });
    expect(project.images.frame(frameIds[1]!)).toMatchObject({ frameIndex: 1, metadata: { geometry } });
    expect(project.images.isStoredAlone(frameIds[1]!)).toBe(true);
    expect(project.images.isStoredAlone(project.images.add(newImage("p")).frameIds[0]!)).toBe(false);
    const short = newImage("w", { sourceBytes: slices });
    expect(() => project.images.add(short)).toThrow("1 frames, but 2 files");
  });

  it("frames of one image are numbered, images of one patient share a case", () => {
    const project = newProject();
    const [frame] = newImage("x").frames;
    project.images.add(newImage("a", { patientKey: "k1", caseName: null, frames: [frame!, frame!] }));
    project.images.add(newImage("b", { patientKey: "k1", caseName: null }));
    project.images.add(newImage("c", { patientKey: "k2", caseName: null }));
    expect(project.images.frames().map(({ name, caseName }) => [name, caseName])).toEqual([
      ["a.png · 1", "Case 1"],
      ["a.png · 2", "Case 1"],
      ["b.png", "Case 1"],
      ["c.png", "Case 2"],
    ]);
    expect(project.images.frame(2)).toMatchObject({ frameIndex: 1, metadata: SIZE, row: { frameCount: 2 } });
  });

  it("splits go with the case; a later import does not move it", () => {
    const project = newProject();
    project.images.add(newImage("a1", { caseName: "a" }), { split: "train" });
    project.images.add(newImage("a2", { caseName: "a" }), { split: "test" });
    project.images.add(newImage("b1", { caseName: "b" }));
    expect(project.cases.list().map(({ name, split }) => [name, split])).toEqual([
      ["a", "train"],
      ["b", null],
    ]);
    expect(() =>
      project.cases.assignSplits(
        new Map([
          [2, "val"],
          [99, "val"],
        ]),
      ),
    ).toThrow("no case 99");
    expect(project.cases.list()[1]!.split).toBeNull();
    project.cases.setSplit(2, "val");
    expect(project.summary().counts).toMatchObject({
      cases: 2,
      frames: 3,
      bySplit: { train: { cases: 1, frames: 2 }, val: { cases: 1, frames: 1 }, unassigned: { cases: 0 } },
    });
  });
});

describe("classes", () => {
  it("get values in order and colors of their own; a name is taken once", () => {
    const project = newProject();
    const added = project.classes.add({ name: " Vessel ", color: "#ABCDEF" });
    expect(added).toMatchObject({ value: 3, name: "Vessel", color: "#abcdef" });
    expect(project.classes.change(3, { name: "Artery" }).name).toBe("Artery");
    expect(() => project.classes.add({ name: "LESION" })).toThrow("already a class");
    expect(() => project.classes.change(3, { color: "red" })).toThrow("#rrggbb");
    expect(() => project.classes.change(77, { name: "x" })).toThrow("no class 77");
    expect(new Set(project.classes.list().map(({ color }) => color)).size).toBe(3);
  });
});

describe("locks and visibility of classes", () => {
  it("stay with the project, also with one of a version that had none", () => {
    const project = newProject();
    project.classes.change(1, { isLocked: true });
    project.classes.change(2, { isHidden: true });
    project.classes.change(1, { name: "tumor" });
    project.close();
    const again = openProject(project.path);
    expect(again.summary().classes).toMatchObject([
      { name: "tumor", isLocked: true, isHidden: false },
      { name: "organ", isLocked: false, isHidden: true },
    ]);
    again.close();
    const database = new Database(":memory:");
    migrate(database, 4);
    database.exec("INSERT INTO label_class VALUES (1, 'lesion', '#112233')");
    migrate(database);
    expect(database.prepare("SELECT is_locked, is_hidden FROM label_class").get()).toEqual({
      is_locked: 0,
      is_hidden: 0,
    });
    database.close();
  });
});

describe("proposals", () => {
  it("accept records where the pixels come from", () => {
    const project = newProject();
    const frameId = addFrame(project);
    const { modelId, runId } = addModel(project);
    const proposalId = addProposal(project, frameId, modelId, runId);
    expect(project.proposals.mask(proposalId)).toEqual(maskOf(1, 20));
    expect(project.proposals.confidence(proposalId)[5]).toBe(200);
    expect(project.proposals.accept(proposalId).state).toBe("accepted");
    expect(project.annotations.state(frameId).origin).toBe("accepted");
    expect(project.annotations.mask(frameId)).toEqual(maskOf(1, 20));
    expect(project.annotations.provenance(frameId)).toMatchObject({ origin: "accepted", modelId, runId, proposalId });
    expect(() => project.proposals.reject(proposalId)).toThrow("already accepted");
  });

  it("reopen puts the annotation back, whatever was decided", () => {
    const project = newProject();
    const frameId = addFrame(project);
    const { modelId, runId } = addModel(project);
    project.annotations.write(frameId, maskOf(2, 3), { origin: "drawn" });
    const proposalId = addProposal(project, frameId, modelId, runId);

    project.proposals.acceptEdited(proposalId, maskOf(1, 21));
    expect(project.annotations.state(frameId).origin).toBe("edited");
    expect(project.proposals.reopen(proposalId).state).toBe("pending");
    expect(project.annotations.mask(frameId)).toEqual(maskOf(2, 3));

    expect(project.proposals.reject(proposalId).state).toBe("rejected");
    expect(project.annotations.mask(frameId)).toEqual(maskOf(2, 3));
    expect(project.proposals.reopen(proposalId).state).toBe("pending");

    project.proposals.accept(proposalId);
    project.annotations.write(frameId, maskOf(2, 4), { origin: "drawn" });
    expect(() => project.proposals.reopen(proposalId)).toThrow("changed after");
    expect(project.annotations.mask(frameId)).toEqual(maskOf(2, 4));
  });

  it("undo of an accepted mask opens the proposal again, redo accepts it again", () => {
    const project = newProject();
    const frameId = addFrame(project);
    const { modelId, runId } = addModel(project);
    const proposalId = addProposal(project, frameId, modelId, runId);
    project.proposals.accept(proposalId);
    project.annotations.undo(frameId);
    expect(project.proposals.get(proposalId).state).toBe("pending");
    project.annotations.redo(frameId);
    expect(project.proposals.get(proposalId).state).toBe("accepted");
  });

  it("a newer one takes the place of the pending one, also when an older decision is taken back", () => {
    const project = newProject();
    const frameId = addFrame(project);
    const { modelId, runId } = addModel(project);
    const first = addProposal(project, frameId, modelId, runId);
    const second = addProposal(project, frameId, modelId, runId);
    expect(project.proposals.list().map(({ proposalId }) => proposalId)).toEqual([second]);
    expect(() => project.proposals.get(first)).toThrow("no proposal");
    project.proposals.accept(second);
    const third = addProposal(project, frameId, modelId, runId);
    expect(() => project.proposals.reopen(second)).toThrow("newer proposal");
    project.annotations.undo(frameId);
    expect(project.proposals.list({ state: "pending" }).map(({ proposalId }) => proposalId)).toEqual([third]);
    expect(project.images.frame(frameId).row.proposal?.proposalId).toBe(third);
  });

  it("are listed worst first and accepted unseen in one edit", async () => {
    const project = newProject();
    const { modelId, runId } = addModel(project);
    const qualities = [0.9, 0.5, 0.95];
    qualities.forEach((quality, index) =>
      addProposal(project, addFrame(project, `p0${index}_1`), modelId, runId, quality),
    );
    expect(project.proposals.list().map(({ expectedDice }) => expectedDice)).toEqual([0.5, 0.9, 0.95]);
    const good = project.proposals.list().filter(({ expectedDice }) => expectedDice >= 0.9);
    expect(await acceptUnseen(project, good)).toEqual({ accepted: 2, audited: 0, left: 0 });
    expect(project.proposals.list({ state: "pending" })).toHaveLength(1);
    expect(project.summary().counts).toMatchObject({ annotated: 2, proposals: 1 });
  });

  it("accepted at once they are taken back at once, from an image or from the review; one drawn on since stays", async () => {
    const project = newProject();
    const { modelId, runId } = addModel(project);
    const frameIds = [1, 2, 3].map((index) => addFrame(project, `p0${index}_1`));
    const [first, second, third] = frameIds.map((frameId) => addProposal(project, frameId, modelId, runId, 0.95));
    const states = () => [first!, second!, third!].map((proposalId) => project.proposals.get(proposalId).state);
    project.annotations.write(frameIds[1]!, maskOf(2, 5), { origin: "drawn" });
    expect(await acceptUnseen(project, project.proposals.list())).toEqual({ accepted: 3, audited: 0, left: 0 });
    expect(project.annotations.undo(frameIds[2]!).group).toEqual({ frameIds, kept: 0 });
    expect(states()).toEqual(["pending", "pending", "pending"]);
    expect(frameIds.map((frameId) => project.annotations.mask(frameId))).toEqual([null, maskOf(2, 5), null]);
    project.close();
    const again = openProject(project.path);
    expect(again.annotations.redo(frameIds[0]!).group).toEqual({ frameIds, kept: 0 });
    expect(again.proposals.list({ state: "accepted" })).toHaveLength(3);
    again.annotations.write(frameIds[0]!, maskOf(2, 6), { origin: "drawn" });
    expect(again.proposals.reopen(second!).state).toBe("pending");
    expect(again.proposals.list({ state: "accepted" }).map(({ proposalId }) => proposalId)).toEqual([first]);
    expect(again.annotations.mask(frameIds[0]!)).toEqual(maskOf(2, 6));
    again.close();
  });

  it("accepted at once but cancelled half-way stand so far, as one action, while the app goes on; an undo meanwhile ends it", async () => {
    const project = newProject();
    const { modelId, runId } = addModel(project);
    const proposals = Array.from({ length: 400 }, (_, index) => ({
      proposalId: addProposal(project, addFrame(project, `p${index}_1`), modelId, runId, 0.95),
    }));
    const cancel = new AbortController();
    const words: [number, number][] = [];
    const outcome = await acceptUnseen(project, proposals, {
      signal: cancel.signal,
      onProgress: (...word) => {
        words.push(word);
        cancel.abort();
      },
    });
    expect(words).toHaveLength(1);
    expect(words[0]![1]).toBe(400);
    expect(outcome).toEqual({ accepted: words[0]![0], audited: 0, left: 400 - words[0]![0] });
    expect(outcome.accepted).toBeLessThan(400);
    expect(project.bulk.history().undo).toEqual({ kind: "accept", changed: outcome.accepted });
    expect(project.bulk.undo()).toMatchObject({ changed: outcome.accepted, kept: 0 });
    expect(project.proposals.list({ state: "pending" })).toHaveLength(400);

    // One is rejected, then all that were accepted are taken back, while the rest is under way.
    const last = proposals.at(-1)!.proposalId;
    let turns = 0;
    const all = acceptUnseen(project, proposals, {
      onProgress: () => {
        turns++;
        if (turns === 1) project.proposals.reject(last);
        if (turns === 2) project.proposals.reopen(proposals[0]!.proposalId);
      },
    });
    expect(await all).toEqual({ accepted: 0, audited: 0, left: 400 });
    expect(turns).toBe(2);
    expect(project.proposals.list({ state: "pending" })).toHaveLength(399);
  });
});

describe("masks that nobody looked at", () => {
  it("judge no model: runs that would are refused, until a person has looked", async () => {
    const project = newProject();
    const { modelId, runId } = addModel(project);
    const frameId = project.images.add(newImage("p07_1"), { split: "val" }).frameIds[0]!;
    const { imageId, caseId } = project.images.frame(frameId).row;
    const queue = (kind: "train" | "evaluate", split: "val" | "test" | "train") => {
      const frames = [{ frameId, imageId, caseId, split, revisionId: project.annotations.head(frameId) }];
      const snapshot = { frames, classes: [], fromModel: null };
      return project.runs.create({ kind, method: "segment", settings: {}, seed: 1, device: "cpu", steps: 1, snapshot });
    };
    await acceptUnseen(project, [{ proposalId: addProposal(project, frameId, modelId, runId) }]);
    expect(project.annotations.unseenFrames()).toEqual([frameId]);
    for (const kind of ["train", "evaluate"] as const) {
      for (const split of ["val", "test"] as const) expect(() => queue(kind, split)).toThrow("cannot judge a model");
    }
    expect(queue("train", "train")).toBeGreaterThan(0);

    project.annotations.undo(frameId);
    const [pending] = project.proposals.list({ state: "pending" });
    project.proposals.accept(pending!.proposalId);
    expect(project.annotations.unseenFrames()).toEqual([]);
    expect(project.reviews.provenance(frameId)).toMatchObject({
      origin: "accepted",
      isReviewed: true,
      acceptance: null,
    });
    expect(queue("evaluate", "val")).toBeGreaterThan(0);
  });

  it("are told apart in files of earlier versions: what was accepted with others counts as unseen", () => {
    const database = new Database(":memory:");
    migrate(database, 11);
    database.exec(`
      INSERT INTO blob VALUES ('b', x'00');
      INSERT INTO case_ (id, patient_key, name) VALUES (1, 'k', 'c');
      INSERT INTO image VALUES (1, 1, 's', 'b', 'f', 'png', NULL, 'now', NULL);
      INSERT INTO frame (id, image_id, frame_index, width, height, metadata, thumbnail_sha256) VALUES (1, 1, 0, 4, 4, '{}', 'b');
      INSERT INTO edit_group (id, created_at) VALUES (1, 'now');
      INSERT INTO mask_revision (frame_id, origin, created_at, is_deflated, label_map, group_id)
      VALUES (1, 'accepted', 'now', 0, x'00', NULL), (1, 'accepted', 'now', 0, x'00', 1), (1, 'drawn', 'now', 0, x'00', 1)`);
    migrate(database);
    expect(database.prepare("SELECT is_unseen FROM mask_revision ORDER BY id").pluck().all()).toEqual([0, 1, 0]);
    expect(() => database.exec("UPDATE mask_revision SET is_unseen = 0")).toThrow("append-only");
    database.close();
  });
});

describe("runs, models and evaluations", () => {
  it("a run keeps what it needs to be repeated, one checkpoint of a kind and its curve", () => {
    const project = newProject();
    const { runId, modelId } = addModel(project);
    project.runs.update(runId, { state: "running", step: 40, secondsPerStep: 0.5 });
    expect(project.runs.get(runId)).toMatchObject({
      state: "running",
      secondsLeft: 30,
      modelId,
      settings: { learningRate: 0.001 },
    });
    project.runs.addMetrics(runId, [
      { step: 1, name: "loss", value: 2 },
      { step: 2, name: "loss", value: NaN },
    ]);
    project.runs.addMetrics(runId, [{ step: 1, name: "loss", value: 1 }]);
    expect(project.runs.metrics(runId)).toEqual([{ step: 1, name: "loss", value: 1 }]);
    project.runs.saveCheckpoint(runId, { step: 10, kind: "last", bytes: Buffer.from("a") });
    project.runs.saveCheckpoint(runId, { step: 20, kind: "last", bytes: Buffer.from("b") });
    expect(project.runs.checkpoint(runId, "last")).toEqual({ step: 20, bytes: new Uint8Array(Buffer.from("b")) });
    expect(project.runs.checkpoint(runId, "best")).toBeNull();
    expect(project.runs.recipe(runId)).toMatchObject({ method: "segment", seed: 7, snapshot: { fromModel: null } });
    expect(project.models.onnx(modelId)).toEqual(new Uint8Array(Buffer.from("onnx")));
    expect(project.models.list()[0]).toMatchObject({ modelId, classes: project.classes.list() });
  });

  it("a run cut off by a crash is interrupted when the project opens", () => {
    const project = newProject();
    const { runId } = addModel(project);
    project.runs.update(runId, { state: "running" });
    project.close();
    const again = openProject(project.path);
    expect(again.runs.get(runId).state).toBe("interrupted");
    again.close();
  });

  it("a mean leaves out what is undefined", () => {
    const project = newProject();
    const { modelId } = addModel(project);
    const frames = [addFrame(project, "a_1"), addFrame(project, "b_1")];
    const row = { classValue: 1, iou: null, hd95: null, hd95Unit: "px" as const };
    project.evaluations.replace(modelId, "test", [{ ...row, frameId: frames[0]!, dice: 0.1 }]);
    project.evaluations.replace(modelId, "test", [
      { ...row, frameId: frames[0]!, dice: 0.8 },
      { ...row, frameId: frames[1]!, dice: null },
    ]);
    const summary = project.evaluations.summary(modelId, "test");
    expect(summary).toMatchObject({ frames: 2, cases: 2 });
    expect(summary.mean[0]).toEqual({
      classValue: 1,
      className: "lesion",
      dice: 0.8,
      iou: null,
      hd95: null,
      hd95Unit: "px",
    });
    expect(summary.rows.map(({ frameName }) => frameName)).toEqual(["a_1.png", "b_1.png"]);
    expect(summary.volumes).toEqual({ mean: [], rows: [] });
    expect(project.evaluations.summary(modelId, "val")).toMatchObject({ frames: 0, rows: [] });
  });

  it("volumes have means of their own, with the number of those where a mask was empty", () => {
    const project = newProject();
    const { modelId } = addModel(project);
    const [a, b] = [addFrame(project, "a_1"), addFrame(project, "b_1")] as [number, number];
    const figures = {
      slices: 9,
      classValue: 1,
      dice: 0.8,
      jaccard: 0.6,
      hd95: 4,
      asd: 1,
      assd: 2,
      unit: "mm" as const,
    };
    const rows = [
      { ...figures, volumeId: a, empty: "none" as const },
      { ...figures, volumeId: b, dice: 0, jaccard: 0, hd95: 20, asd: 20, assd: 20, empty: "prediction" as const },
    ];
    project.evaluations.replace(modelId, "test", [], rows);
    const { volumes } = project.evaluations.summary(modelId, "test");
    const none = { reference: 0, both: 0 };
    const expected = { volumes: 2, dice: 0.4, jaccard: 0.3, hd95: 12, asd: 10.5, assd: 11, unit: "mm" };
    expect(volumes.mean).toEqual([
      { classValue: 1, className: "lesion", ...expected, empty: { prediction: 1, ...none } },
    ]);
    expect(volumes.rows.map(({ frameId, empty }) => [frameId, empty])).toEqual([
      [a, "none"],
      [b, "prediction"],
    ]);
    project.evaluations.replace(modelId, "test", [], [{ ...rows[0]!, unit: "px" }, rows[1]!]);
    // Distances in mm and in voxels have no common mean.
    expect(project.evaluations.summary(modelId, "test").volumes.mean[0]).toMatchObject({ dice: 0.4, hd95: null });
    project.evaluations.replace(modelId, "test", []);
    expect(project.evaluations.summary(modelId, "test").volumes.rows).toEqual([]);
  });
});

describe("edits", () => {
  it("are all or nothing, and told once after they are stored", () => {
    const project = newProject();
    const heard: string[][] = [];
    const off = project.onChange((what) => heard.push([...what].sort()));
    expect(() =>
      project.edit("import", () => {
        addFrame(project, "a_1");
        throw new Error("cut off");
      }),
    ).toThrow("cut off");
    expect(project.images.frames()).toEqual([]);
    expect(heard).toEqual([]);
    project.edit("import", () => {
      const frameId = addFrame(project, "a_1");
      project.annotations.write(frameId, maskOf(1, 1), { origin: "imported" });
    });
    expect(heard).toEqual([["frames", "project"]]);
    off();
    project.classes.add({ name: "more" });
    expect(heard).toHaveLength(1);
  });
});
