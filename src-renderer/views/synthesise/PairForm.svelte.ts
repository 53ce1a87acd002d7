/** @file The pairs that are about to be asked for. */
import type { GeneratorRow, GradeSources, SynthesisRequest } from "../../../src-main/api/contract.ts";
import { untrack } from "svelte";
import { completeSettings, type Settings } from "../train/settings.ts";
import {
  type Amount,
  balanced,
  countOf,
  type GradeFields,
  gradeQuotaOf,
  quotaOf,
  type QuotaFields,
  restOf,
} from "./quota.ts";

/** `best`: of those that learned from real images alone. */
export type JudgeChoice = number | "best" | "none";

/** What is done to source masks, mildest first. */
export const shapeChoices = ["moved", "bent", "blended"] as const satisfies Shapes[];
type Shapes = NonNullable<SynthesisRequest["shapes"]>;

export class PairForm {
  amount = $state<Amount>("2");
  /** With the amount "other"; null while the field is empty. */
  own = $state<number | null>(20);
  quotaFields = $state.raw<QuotaFields>({});
  /** Labels of classes and grades, with the masks that the generator can take of each. */
  gradeSources = $state.raw<readonly GradeSources[]>([]);
  gradeLabelId = $state<number | null>(null);
  gradeFields = $state.raw<GradeFields>({});
  /** Null: another one each time. */
  seed = $state<number | null>(null);
  judge = $state<JudgeChoice>("best");
  shapes = $state<Shapes>("moved");
  device = $state("auto");
  #generatorId = $state<number | null>(null);

  readonly #generators: () => readonly GeneratorRow[];
  /** The chosen one, else the newest. */
  readonly generator = $derived.by<GeneratorRow | null>(() => {
    const all = this.#generators();
    return all.find(({ modelId }) => modelId === this.#generatorId) ?? all[0] ?? null;
  });
  readonly #chosen = $derived.by(() => this.generator?.modelId ?? null);
  /** Values of what the generator lets choose: its defaults, until a person changes them or takes another one. */
  readonly painting = $derived.by<Settings>(() => {
    void this.#chosen;
    const fields = untrack(() => this.generator?.paintSettings ?? []);
    const values = $state(completeSettings({ settings: fields }, {}));
    return values;
  });
  readonly count = $derived.by(() => countOf(this.amount, this.generator?.sources ?? 0, this.own));
  readonly quota = $derived.by(() => (this.generator === null ? {} : quotaOf(this.quotaFields, this.generator)));
  /** Pairs are asked for by the values of this label; null: by classes of the mask. */
  readonly gradeLabel = $derived.by(
    () => this.gradeSources.find(({ labelId }) => labelId === this.gradeLabelId) ?? null,
  );
  readonly gradeQuota = $derived.by(() =>
    this.gradeLabel === null ? {} : gradeQuotaOf(this.gradeFields, this.gradeLabel),
  );
  readonly rest = $derived.by(() =>
    this.count === null ? null : restOf(this.count, this.gradeLabel === null ? this.quota : this.gradeQuota),
  );
  readonly isReady = $derived.by(
    () => this.generator !== null && this.count !== null && this.count > 0 && this.rest !== null && this.rest >= 0,
  );

  constructor(generators: () => readonly GeneratorRow[]) {
    this.#generators = generators;
  }

  choose(modelId: number): void {
    this.#generatorId = modelId;
  }

  /** Along the list, round and round. */
  chooseNext(): void {
    const all = this.#generators();
    const place = all.findIndex(({ modelId }) => modelId === this.generator?.modelId);
    const next = all[(place + 1) % all.length];
    if (next !== undefined) this.choose(next.modelId);
  }

  setQuota(value: number, count: number | null): void {
    this.quotaFields = { ...this.quotaFields, [value]: count };
  }

  chooseGradeLabel(labelId: number | null): void {
    this.gradeLabelId = labelId;
    this.gradeFields = {};
  }

  setGrade(grade: string, count: number | null): void {
    this.gradeFields = { ...this.gradeFields, [grade]: count };
  }

  /** Rarer grades are filled up, and nothing else is made. */
  balance(): void {
    if (this.gradeLabel === null) return;
    this.gradeFields = balanced(this.gradeLabel);
    this.amount = "other";
    this.own = Math.max(1, -restOf(0, this.gradeQuota));
  }

  request(): SynthesisRequest {
    const { quota, gradeLabel, gradeQuota } = this;
    return {
      modelId: this.generator!.modelId,
      count: this.count!,
      ...this.common(),
      ...(gradeLabel === null
        ? Object.keys(quota).length > 0 && { quota }
        : Object.keys(gradeQuota).length > 0 && { perGrade: { labelId: gradeLabel.labelId, pairs: gradeQuota } }),
    };
  }

  /** What holds for "more like these" too. */
  common(): Pick<SynthesisRequest, "shapes" | "seed" | "judgeModelId" | "settings" | "device"> {
    return {
      shapes: this.shapes,
      seed: this.seed ?? drawSeed(),
      ...(this.judge === "best" ? {} : { judgeModelId: this.judge === "none" ? null : this.judge }),
      ...(Object.keys(this.painting).length === 0 ? {} : { settings: { ...this.painting } }),
      device: this.device,
    };
  }
}

/** The same seed would make the same pairs again. */
function drawSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1;
}
