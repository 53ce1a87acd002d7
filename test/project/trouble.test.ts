/**
 * @file What can happen to the file of an open project from outside: nothing told as stored is lost, and each trouble is told as what
 * it is and ends with its cause.
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openProject, type Project } from "../../src-main/project/index.ts";
import { addFrame, addModel, addProposal, maskOf, newProject, temporaryFolder } from "./fixture.ts";

const draw = (project: Project, frameId: number, length: number) =>
  project.annotations.write(frameId, maskOf(1, length), { origin: "drawn" });

const problem = (code: string): unknown => expect.objectContaining({ name: "Problem", code });

function projectInFolder(): { folder: string; project: Project; frameId: number } {
  const folder = path.join(temporaryFolder(), "drive");
  fs.mkdirSync(folder);
  const project = newProject(folder);
  const frameId = addFrame(project);
  draw(project, frameId, 1);
  return { folder, project, frameId };
}

describe("the place of an open project", () => {
  it("is renamed: nothing is told as stored until it is back, then all is", () => {
    const { folder, project, frameId } = projectInFolder();
    fs.renameSync(folder, `${folder} away`);
    expect(() => draw(project, frameId, 2)).toThrow(problem("project-gone"));
    expect(project.annotations.mask(frameId)).toEqual(maskOf(1, 1));
    fs.renameSync(`${folder} away`, folder);
    draw(project, frameId, 3);
    project.close();
    const again = openProject(project.path);
    expect(again.annotations.mask(frameId)).toEqual(maskOf(1, 3));
    again.close();
  });

  it("is deleted: a copy elsewhere holds everything, and is a project like any other", async () => {
    const { folder, project, frameId } = projectInFolder();
    fs.rmSync(folder, { recursive: true });
    expect(() => draw(project, frameId, 2)).toThrow(problem("project-gone"));
    const target = path.join(temporaryFolder(), "rescued.aliquot");
    const totals: number[] = [];
    const { release } = await project.copyTo(target, { onProgress: (_done, total) => totals.push(total) });
    expect(totals[0]).toBeGreaterThan(1);
    expect(() => draw(project, frameId, 2)).toThrow(problem("busy"));
    release();
    const copy = openProject(target);
    expect(copy.readOnly).toBeNull();
    expect(copy.projectId).toBe(project.projectId);
    expect(copy.annotations.mask(frameId)).toEqual(maskOf(1, 1));
    draw(copy, frameId, 2);
    copy.close();
  });

  it("holds another file now: it is left alone", () => {
    const { project, frameId } = projectInFolder();
    fs.rmSync(project.path);
    fs.writeFileSync(project.path, "somebody else's");
    expect(() => draw(project, frameId, 2)).toThrow(problem("project-gone"));
    expect(fs.readFileSync(project.path, "utf8")).toBe("somebody else's");
  });
});

describe("a copy", () => {
  it("never replaces a file, and leaves nothing behind where it cannot be written or is cancelled", async () => {
    const { project, frameId } = projectInFolder();
    const folder = temporaryFolder();
    const present = path.join(folder, "mine.aliquot");
    fs.writeFileSync(present, "mine");
    await expect(project.copyTo(present)).rejects.toEqual(problem("project-exists"));
    await expect(project.copyTo(path.join(folder, "no", "such.aliquot"))).rejects.toEqual(problem("file-unreadable"));
    const signal = AbortSignal.abort(new Error("stop"));
    await expect(project.copyTo(path.join(folder, "c.aliquot"), { signal })).rejects.toThrow("stop");
    expect(fs.readdirSync(folder)).toEqual(["mine.aliquot"]);
    draw(project, frameId, 4);
  });
});

describe("another program", () => {
  it("that locks the database is named as such, and work goes on when it lets go", () => {
    const { project, frameId } = projectInFolder();
    const other = new Database(project.path);
    other.exec("BEGIN IMMEDIATE");
    expect(() => draw(project, frameId, 2)).toThrow(problem("busy"));
    other.exec("ROLLBACK");
    other.close();
    draw(project, frameId, 3);
    expect(project.annotations.mask(frameId)).toEqual(maskOf(1, 3));
  });

  it("that had the project before it was opened is named as such", () => {
    const { project } = projectInFolder();
    project.close();
    const other = new Database(project.path);
    other.pragma("locking_mode = EXCLUSIVE");
    other.exec("BEGIN IMMEDIATE; UPDATE project SET edits = edits; COMMIT");
    expect(() => openProject(project.path)).toThrow(problem("busy"));
    other.close();
    openProject(project.path).close();
  });

  it("another way to the same file meets the same lock", () => {
    const { folder, project } = projectInFolder();
    const link = `${folder} link`;
    fs.symlinkSync(folder, link);
    const second = openProject(path.join(link, "study.aliquot"));
    expect(second.readOnly).toBe("It is open in another window.");
    second.close();
    project.close();
  });
});

describe("a drive that fails while writing", () => {
  it("is told as such; the change is stored once it works again", ({ skip }) => {
    if (process.platform !== "linux") return skip("no limit of file sizes can be set from outside here");
    const { project, frameId } = projectInFolder();
    const limit = (bytes: number | "unlimited"): boolean =>
      spawnSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:unlimited`]).status === 0;
    if (!limit("unlimited")) return skip("prlimit is not there");
    onTestFinished(() => void limit("unlimited"));
    limit(fs.statSync(`${project.path}-wal`).size);
    try {
      expect(() => draw(project, frameId, 2)).toThrow(problem("file-unreadable"));
    } finally {
      limit("unlimited");
    }
    expect(project.annotations.mask(frameId)).toEqual(maskOf(1, 1));
    draw(project, frameId, 3);
    expect(project.annotations.mask(frameId)).toEqual(maskOf(1, 3));
  });
});

describe("a project that may not be written", () => {
  it("is opened to be read: the file alone, and in a folder without rights", ({ skip }) => {
    if (process.getuid?.() !== 0) return skip("only root can start a process without its own rights");
    const { folder, project } = projectInFolder();
    project.close();
    fs.chmodSync(path.dirname(folder), 0o755);
    for (const [rights, code] of [
      [0o777, "file"],
      [0o555, "folder"],
    ] as const) {
      fs.chmodSync(project.path, 0o444);
      fs.chmodSync(folder, rights);
      for (const ending of ["-lock", "-wal", "-shm"]) fs.rmSync(project.path + ending, { force: true });
      const script = `
        process.setuid(65534);
        const { openProject } = await import(${JSON.stringify(path.resolve("src-main/project/index.ts"))});
        const project = openProject(${JSON.stringify(project.path)});
        let refusal = "";
        try { project.annotations.undo(1); } catch (error) { refusal = error.code; }
        console.log(JSON.stringify([project.readOnly, project.images.frames().length, refusal]));`;
      const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
        encoding: "utf8",
      });
      expect(stdout, `${code}: ${stderr}`).not.toBe("");
      expect(JSON.parse(stdout)).toEqual(["Its folder or file cannot be written to.", 1, "read-only"]);
    }
  });
});

describe("a change that is sent again, since its answer was lost", () => {
  it("is stored once: stroke, undo and redo", () => {
    const { project, frameId } = projectInFolder();
    const { annotations } = project;
    const base = annotations.head(frameId);
    const stroke = () => annotations.write(frameId, maskOf(1, 5), { origin: "drawn", base });
    const drawn = stroke();
    expect(stroke()).toEqual(drawn);
    const undone = annotations.undo(frameId, drawn.revisionId);
    expect(annotations.undo(frameId, drawn.revisionId)).toEqual(undone);
    expect(annotations.mask(frameId)).toEqual(maskOf(1, 1));
    const redone = annotations.redo(frameId, undone.revisionId);
    expect(annotations.redo(frameId, undone.revisionId)).toEqual(redone);
    expect(annotations.mask(frameId)).toEqual(maskOf(1, 5));
    expect(redone.revisionId).toBe(drawn.revisionId);
  });

  it("is a conflict when something else happened meanwhile", () => {
    const { project, frameId } = projectInFolder();
    const { annotations } = project;
    const base = annotations.head(frameId);
    draw(project, frameId, 6);
    draw(project, frameId, 7);
    expect(() => annotations.undo(frameId, base)).toThrow(problem("conflict"));
    expect(() => annotations.write(frameId, maskOf(1, 5), { origin: "drawn", base })).toThrow(problem("conflict"));
    expect(annotations.mask(frameId)).toEqual(maskOf(1, 7));
  });
});

describe("a clock that is set back", () => {
  it("changes nothing in the order in which steps are undone, also after a restart", () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const { project, frameId } = projectInFolder();
    const { modelId, runId } = addModel(project);
    const proposalId = addProposal(project, frameId, modelId, runId);
    draw(project, frameId, 3);
    project.close();
    vi.setSystemTime(Date.now() - 86_400_000);
    const again = openProject(project.path);
    again.proposals.reject(proposalId);
    again.proposalSteps.undo(frameId);
    expect(again.proposals.get(proposalId).state).toBe("pending");
    expect(again.annotations.mask(frameId)).toEqual(maskOf(1, 3));
    again.proposalSteps.undo(frameId);
    expect(again.annotations.mask(frameId)).toEqual(maskOf(1, 1));
    again.close();
  });
});
