/** @file How good a model of labels is, from what it said where the truth was known; and whether its proposals may be accepted unseen. */
import {
  ACCEPTANCE,
  auc,
  aucOneVsRest,
  balancedAccuracy,
  chooseThreshold,
  classScores,
  confusionMatrix,
  countAccepted,
  expectedCalibrationError,
  f1Macro,
  kappa,
  mae,
  reliability,
  type ScoredImage,
  shareInterval,
} from "../metrics/index.ts";
import type { KnownAnswer, Project } from "../project/index.ts";
import { Problem } from "../problem/index.ts";
import type {
  ClassEvaluation,
  LabelAcceptance,
  LabelCondition,
  LabelDefinition,
  LabelEvaluation,
  Share,
  Split,
  ThresholdEvaluation,
} from "./contract.ts";
import { numberEvaluation, type RelativeOptions } from "./number-evaluation.ts";
import { thresholdText } from "./threshold-text.ts";

/** Of each label of the model; empty where it was not judged on the split yet. `relative`: of numbers, how their relative errors are formed. */
export function labelEvaluations(
  project: Project,
  modelId: number,
  split: Split,
  relative: RelativeOptions = {},
): LabelEvaluation[] {
  project.models.get(modelId); // throws "not-found"
  const latest = project.labelAnswers.latest(modelId, split);
  if (latest === null) return [];
  const { targets = [] } = project.runs.recipe(latest.runId).snapshot;
  const numbers = targets.filter(({ kind }) => kind === "number");
  if (typeof relative.zeros === "object" && relative.labelId === undefined && numbers.length > 1)
    throw floorOfNone(numbers.map(({ name }) => name));
  return targets.flatMap(({ labelId, options, kind, unit }): LabelEvaluation[] => {
    const isNumeric = kind === "number";
    const isAsked = relative.labelId === undefined || relative.labelId === labelId;
    const label = project.labelDefinitions.get(labelId);
    const answered = latest.answers.filter(({ answer }) => answer.labelId === labelId);
    // What a network says when its sums overflow is no number; kept as JSON it is null.
    const known = answered.filter(({ answer }) => Number.isFinite(answer.value));
    if (known.length === 0) return [];
    return [
      {
        modelId,
        split,
        runId: latest.runId,
        label,
        images: known.length,
        excluded: answered.length - known.length,
        patients: new Set(known.map(({ caseId }) => caseId)).size,
        classes: isNumeric ? null : classEvaluation(known, options, label),
        numbers: isNumeric ? numberEvaluation(known, { unit, minimum: label.minimum }, isAsked ? relative : {}) : null,
        rows: known.map(({ frameId, fileName, caseName, truth, answer }) => ({
          frameId,
          fileName,
          caseName,
          truth,
          answer,
        })),
      },
    ];
  });
}

function floorOfNone(names: readonly string[]): Problem {
  return new Problem({
    code: "bad-request",
    title: "A floor is in the unit of one number, and this model says several.",
    detail: names.join(", "),
    hint: "Name the one that it is for (--label NAME).",
  });
}

function classEvaluation(
  known: readonly KnownAnswer[],
  learned: readonly string[],
  label: LabelDefinition,
): ClassEvaluation {
  // What the model never learned it cannot say: these images are wrong, not left out.
  const unknown = [...new Set(known.map(({ truth: own }) => String(own)))].filter((own) => !learned.includes(own));
  const options = [...learned, ...unknown];
  const truth = known.map(({ truth: own }) => options.indexOf(String(own)));
  const said = known.map(({ answer }) => answer.value);
  const rows = known.map(({ answer }) => [...answer.probabilities, ...unknown.map(() => 0)]);
  const matrix = confusionMatrix(truth, said, { classes: options.length });
  const areas = aucOneVsRest(truth, rows).map((area, at) => (at < learned.length ? area : null));
  const defined = areas.flatMap((area) => area ?? []);
  const shareAmong = (isOf: (at: number) => boolean, isPart: (at: number) => boolean): Share | null =>
    shareOf(
      [...known.keys()].filter(isOf).map((at) => {
        return { patient: known[at]!.caseId, isPart: isPart(at) };
      }),
    );
  const supports = matrix.map((row) => row.reduce((sum, count) => sum + count, 0));
  const most = supports.indexOf(Math.max(...supports));
  return {
    options,
    unknown: unknown.map((option) => ({ option, images: supports[options.indexOf(option)]! })),
    accuracy: shareAmong(
      () => true,
      (at) => truth[at] === said[at],
    )!,
    balancedAccuracy: balancedAccuracy(truth, said),
    macroF1: f1Macro(truth, said),
    auc: defined.length === 0 ? null : meanOf(defined),
    ...(unknown.length > 0 ? NO_AGREEMENT : ordinalAgreement({ truth, said }, options, label)),
    matrix,
    perClass: classScores(matrix).map(({ support, precision, f1 }, at) => {
      const isIt = (place: number): boolean => truth[place] === at;
      const isSaid = (place: number): boolean => said[place] === at;
      return {
        option: options[at]!,
        images: support,
        sensitivity: shareAmong(isIt, isSaid),
        specificity: shareAmong(
          (place) => !isIt(place),
          (place) => !isSaid(place),
        ),
        precision,
        f1,
        auc: areas[at]!,
      };
    }),
    thresholds: thresholdEvaluations(known, learned, label),
    ece: expectedCalibrationError(truth, rows),
    bins: reliability(truth, rows),
    majority: { option: options[most]!, share: supports[most]! / known.length },
  };
}

const NO_AGREEMENT = { gradeError: null, quadraticKappa: null };

/** Of places among `options`, which the model may have learned in another order than the label has now. Nothing where the label has no order, or not all of them. */
function ordinalAgreement(
  { truth, said }: Record<"truth" | "said", readonly number[]>,
  options: readonly string[],
  label: LabelDefinition,
): Pick<ClassEvaluation, "gradeError" | "quadraticKappa"> {
  const grades = options.map((option) => label.options.indexOf(option));
  if (label.kind !== "grade" || grades.includes(-1)) return NO_AGREEMENT;
  const [own, answered] = [truth.map((at) => grades[at]!), said.map((at) => grades[at]!)];
  const matrix = confusionMatrix(own, answered, { classes: label.options.length });
  return { gradeError: mae(own, answered), quadraticKappa: kappa(matrix, "quadratic") };
}

/** What is to be done, instead of which grade it is. */
function thresholdEvaluations(
  known: readonly KnownAnswer[],
  learned: readonly string[],
  { options, thresholds }: LabelDefinition,
): ThresholdEvaluation[] {
  const places = learned.map((option) => options.indexOf(option));
  const images = known
    .map(({ caseId, truth, answer }) => ({
      patient: caseId,
      truth: options.indexOf(String(truth)),
      said: places[answer.value]!,
      probabilities: answer.probabilities,
    }))
    .filter(({ truth, said }) => truth >= 0 && said >= 0);
  return thresholds.map((option): ThresholdEvaluation => {
    const from = options.indexOf(option);
    const told = images.map(({ patient, truth, said, probabilities }) => ({
      patient,
      isAbove: truth >= from,
      isSaid: said >= from,
      score: probabilities.reduce((sum, share, at) => (places[at]! >= from ? sum + share : sum), 0),
    }));
    const above = told.filter(({ isAbove }) => isAbove);
    const below = told.filter(({ isAbove }) => !isAbove);
    return {
      option,
      images: above.length,
      of: told.length,
      sensitivity: shareOf(above.map(({ patient, isSaid }) => ({ patient, isPart: isSaid }))),
      specificity: shareOf(below.map(({ patient, isSaid }) => ({ patient, isPart: !isSaid }))),
      auc:
        above.length === 0 || below.length === 0
          ? null
          : auc(
              told.map(({ isAbove }) => (isAbove ? 1 : 0)),
              told.map(({ score }) => score),
            ),
    };
  });
}

function shareOf(images: readonly { patient: number; isPart: boolean }[]): Share | null {
  if (images.length === 0) return null;
  const part = images.filter(({ isPart }) => isPart).length;
  const counts = [...Map.groupBy(images, ({ patient }) => patient).values()].map(({ length }) => length);
  const [low, high] = shareInterval(part, counts);
  return { value: part / images.length, low, high };
}

/** What validation images prove of a model's classes. */
export function labelConditions(project: Project, modelId: number): LabelCondition[] {
  const { targets = [] } = project.runs.recipe(project.models.get(modelId).runId).snapshot;
  const answers = project.labelAnswers.latest(modelId, "val")?.answers ?? [];
  return targets.flatMap(({ labelId, options, kind }): LabelCondition[] => {
    if (kind === "number") return [];
    const images = answers
      .filter(({ answer }) => answer.labelId === labelId)
      .map(({ caseId, truth, answer }): ScoredImage => {
        const isRight = options[answer.value] === truth;
        return { group: caseId, score: answer.probability!, isFlagged: false, dice: isRight ? 1 : 0 };
      });
    const threshold = chooseThreshold(images)?.threshold ?? null;
    const counts = threshold === null ? null : countAccepted(images, threshold);
    return [
      {
        modelId,
        labelId,
        threshold,
        judged: new Set(images.map(({ group }) => group)).size,
        above: counts?.accepted ?? 0,
        wrong: counts?.failures ?? 0,
        neededShare: ACCEPTANCE.neededShare,
      },
    ];
  });
}

/** Accepts what waits from this probability on, without a look at each: of one model and label, or of all. Throws `Problem` "conflict" where nothing shows that it is right. */
export function acceptLabelsAbove(
  project: Project,
  {
    quality,
    withoutEvidence = false,
    labelId,
    modelId: ofModel,
  }: { quality: number; withoutEvidence?: boolean; labelId?: number | undefined; modelId?: number | undefined },
): LabelAcceptance {
  const above = project.labelProposals
    .list({ state: "pending", labelId })
    .filter(({ modelId }) => ofModel === undefined || modelId === ofModel)
    .filter(({ probability }) => probability !== null && probability >= quality);
  const chosen = above.filter(({ flags }) => flags.length === 0);
  if (!withoutEvidence) {
    for (const modelId of new Set(chosen.map((one) => one.modelId))) {
      const conditions = labelConditions(project, modelId);
      const unproven = chosen.find((one) => {
        const threshold = one.modelId === modelId && conditions.find((each) => each.labelId === one.labelId)?.threshold;
        return one.modelId === modelId && !(typeof threshold === "number" && quality >= threshold);
      });
      if (unproven === undefined) continue;
      const condition = conditions.find((each) => each.labelId === unproven.labelId);
      throw notProven(quality, condition);
    }
  }
  return {
    accepted: project.labelProposals.acceptMany(chosen.map(({ proposalId }) => proposalId)),
    flagged: above.length - chosen.length,
  };
}

function notProven(quality: number, condition: LabelCondition | undefined): Problem {
  const { threshold = null, judged = 0, neededShare = ACCEPTANCE.neededShare } = condition ?? {};
  const share = Math.round(100 * neededShare);
  return new Problem({
    code: "conflict",
    title: `Nothing proves that grades from a probability of ${quality} on are right.`,
    detail:
      threshold === null
        ? `${judged} patients of the validation split were judged: too few were right to say, with 95 % confidence, that ${share} % are.`
        : `From ${thresholdText(threshold)} on it is proven that ${share} % are.`,
    hint:
      threshold === null
        ? "Label more validation images, or look at the proposals one by one."
        : "Accept from there on.",
  });
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
