/**
 * @file What whole images show of which a generator may take the masks: said by a person or, where nobody said it, predicted by a grader. From it a synthesis
 * takes so many masks of each class or grade.
 */
import type { GradeSources, SynthesisPlan } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import type { DataSnapshot, Project } from "../project/index.ts";
import { classPixels } from "../voxels/index.ts";

type Source = Pick<DataSnapshot["frames"][number], "frameId" | "imageId" | "revisionId">;
type Grades = NonNullable<SynthesisPlan["grades"]>;

/** Source masks of each value of each label of classes or grades. Reads the masks: milliseconds for hundreds. */
export function gradeSources(project: Project, sources: readonly Source[]): GradeSources[] {
  const shown = sources.filter((source) => isShown(project, source));
  return labelsOf(project).map(({ labelId, name, options }) => {
    const known = gradesOf(project, labelId, shown);
    return {
      labelId,
      name,
      grades: options.map((grade) => {
        const own = [...known.values()].filter((one) => one.grade === grade);
        const predicted = own.filter(({ isPredicted }) => isPredicted).length;
        return { grade, said: own.length - predicted, predicted };
      }),
    };
  });
}

/** Throws `Problem` for a label of numbers, a grade that there is not, or one without any source mask. */
export function planGrades(
  project: Project,
  { labelId, pairs }: { labelId: number; pairs: Readonly<Record<string, number>> },
  sources: readonly Source[],
): Grades {
  const label = labelsOf(project).find((one) => one.labelId === labelId);
  const asked = Object.entries(pairs).filter(([, count]) => count > 0);
  const unknown = label === undefined ? undefined : asked.find(([grade]) => !label.options.includes(grade));
  if (label === undefined || unknown !== undefined) {
    throw new Problem({
      code: "bad-request",
      title:
        label === undefined
          ? `There is no label of classes or grades with the number ${labelId}.`
          : `${label.name} has no class ${unknown![0]}.`,
      detail:
        label === undefined
          ? `Labels of classes and grades: ${labelsOf(project)
              .map(({ name }) => name)
              .join(", ")}.`
          : `Its classes: ${label.options.join(", ")}.`,
      hint: "Choose one of these.",
    });
  }
  const shown = sources.filter((source) => isShown(project, source));
  const known = gradesOf(project, labelId, shown);
  return {
    labelId,
    name: label.name,
    asked: asked.map(([grade, count]) => {
      const own = [...known].filter(([, one]) => one.grade === grade);
      if (own.length === 0) throw noSource(label.name, grade);
      const frames = (isPredicted: boolean): number[] =>
        own.flatMap(([frameId, one]) => (one.isPredicted === isPredicted ? [frameId] : []));
      return { grade, pairs: count, said: frames(false), predicted: frames(true) };
    }),
  };
}

function noSource(label: string, grade: string): Problem {
  return new Problem({
    code: "not-enough-data",
    title: `No source mask is of an image with the ${label} ${grade}.`,
    detail: `New masks are made of those that the generator learned from; of none of these images is it said, or predicted, that its ${label} is ${grade}.`,
    hint: "Leave that grade out; or annotate images of it, and train the generator again.",
  });
}

const labelsOf = (project: Project) => project.labelDefinitions.list().filter(({ kind }) => kind !== "number");

/** By frame. What a person said goes before what a model did, of which only what waits for a decision counts. */
function gradesOf(
  project: Project,
  labelId: number,
  sources: readonly Source[],
): Map<number, { grade: string; isPredicted: boolean }> {
  const said = new Map(project.labels.values(labelId).map(({ frameId, value }) => [frameId, String(value)]));
  const imageOf = new Map(project.images.frames().map(({ frameId, imageId }) => [frameId, imageId]));
  const predicted = new Map(
    project.labelProposals
      .list({ state: "pending", labelId })
      .map(({ frameId, value }) => [imageOf.get(frameId), String(value)]),
  );
  return new Map(
    sources.flatMap(({ frameId, imageId }) => {
      const own = said.get(frameId);
      const grade = own ?? predicted.get(imageId);
      return grade === undefined ? [] : [[frameId, { grade, isPredicted: own === undefined }]];
    }),
  );
}

/** Of a mask that shows nothing there is nothing to change. */
function isShown(project: Project, { revisionId }: Source): boolean {
  return (
    revisionId !== null && [...classPixels(project.annotations.revision(revisionId))].some(([, count]) => count > 0)
  );
}
