/** @file The pairs that are about to be asked for. */
import type { GeneratorRow, SynthesisRequest } from "../../../src-main/api/contract.ts";
import { untrack } from "svelte";
import { completeSettings, type Settings } from "../train/settings.ts";
import { type Amount, countOf, quotaOf, type QuotaFields, restOf } from "./quota.ts";

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
  readonly rest = $derived.by(() => (this.count === null ? null : restOf(this.count, this.quota)));
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

  request(): SynthesisRequest {
    const { quota } = this;
    return {
      modelId: this.generator!.modelId,
      count: this.count!,
      ...this.common(),
      ...(Object.keys(quota).length === 0 ? {} : { quota }),
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
