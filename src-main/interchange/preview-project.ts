/**
 * @file A throw-away project that knows what another one knows, without pixels: an import into it shows what an import into the other
 * would do, by the same code.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createProject, type LabelEntry, type Project } from "../project/index.ts";

export interface PreviewProject {
  project: Project;
  /** Closes and removes it. */
  end(): void;
}

export function previewOf(project: Project): PreviewProject {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "aliquot-preview-"));
  const remove = (): void => fs.rmSync(folder, { recursive: true, force: true });
  try {
    const classes = project.classes.list().map(({ name }) => name);
    const preview = createProject(path.join(folder, "preview.aliquot"), { classes, secret: project.secret });
    preview.edit("copy what is known", () => {
      copyImages(project, preview);
      copyLabels(project, preview);
    });
    return {
      project: preview,
      end: () => {
        preview.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function copyImages(from: Project, to: Project): void {
  const images = Map.groupBy(from.images.frames(), ({ imageId }) => imageId);
  // In the order of their numbers, so that the copies have the same ones.
  for (const [imageId, rows] of [...images].sort(([a], [b]) => a - b)) {
    const frames = rows.map(({ frameId }) => from.images.frame(frameId).metadata);
    const { fileName, modality } = from.images.image(imageId);
    const { frameIds } = to.images.add({
      sourceBytes: new Uint8Array(0),
      sourceSha256: from.images.sourceSha(imageId),
      fileName,
      format: "png",
      modality,
      patientKey: null,
      caseName: rows[0]!.caseName,
      thumbnail: new Uint8Array(0),
      frames,
    });
    rows.forEach(({ frameId, annotation }, index) => {
      const mask = annotation === null ? null : from.annotations.mask(frameId);
      if (mask !== null) to.annotations.write(frameIds[index]!, mask, { origin: annotation! });
    });
  }
}

/** Images have the same numbers in both. */
function copyLabels(from: Project, to: Project): void {
  const definitions = new Map(from.labelDefinitions.list().map((each) => [each.name, to.labelDefinitions.add(each)]));
  const entries = from.labels.list().map(({ imageId, name, value }): LabelEntry => {
    const definition = definitions.get(name)!;
    return { labelId: definition.labelId, subjectId: to.labels.subjectOf(definition, imageId), value };
  });
  to.labels.record(entries);
}
