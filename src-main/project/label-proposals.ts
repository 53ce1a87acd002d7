/**
 * @file Classes, grades and numbers that models say of whole images. Only a person's decision makes one a label: as a change of the labels, so that undoing it
 * there makes the proposal wait again.
 */
import type {
  LabelDefinition,
  LabelProposalDetail,
  LabelProposalRow,
  LabelProposalState,
  LabelValue,
} from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { AskedTargets } from "./asked-targets.ts";
import type { ProjectFile } from "./file.ts";
import type { LabelDefinitions } from "./label-definitions.ts";
import type { Labels } from "./labels.ts";
import { inPresentOrder } from "./present-order.ts";
import { found } from "./trouble.ts";

export interface NewLabelProposal {
  frameId: number;
  modelId: number;
  runId: number;
  value: LabelValue;
  answer: LabelProposalDetail["answer"];
  evidence: LabelProposalDetail["evidence"];
}

/** Of a label that began as a model's proposal. "changed": a person said another value than the model. */
export interface LabelOrigin {
  kind: "accepted" | "changed";
  modelId: number;
  /** Accepted with others, without a look at it. */
  isUnseen: boolean;
}

interface ProposalRecord extends Omit<LabelProposalRow, "doubt" | "flags" | "decided"> {
  subjectId: number;
  answer: string;
  looks: string | null;
  decision: LabelProposalState | "reopened" | null;
  decidedValue: LabelValue | null;
  isUnseen: 0 | 1 | null;
  decidedAt: string | null;
}

/** Share of the samples that must have chosen what is proposed, or it is flagged: the mean of their probabilities may choose what few of them did. */
const AGREED = 0.7;

/** Changes of labels that are not undone, from the latest back. */
const STANDING = `WITH RECURSIVE standing (id) AS (
    SELECT label_head_id FROM project WHERE label_head_id IS NOT NULL
    UNION ALL SELECT parent_id FROM label_change JOIN standing USING (id) WHERE parent_id IS NOT NULL),
  latest (proposal_id, id) AS (SELECT proposal_id, max(id) FROM label_decision GROUP BY proposal_id)`;

const SELECT = `${STANDING}
  SELECT proposal.id AS proposalId, proposal.frame_id AS frameId, proposal.definition_id AS labelId, proposal.subject_id AS subjectId,
    proposal.model_id AS modelId, proposal.run_id AS runId, coalesce(proposal.class_name, proposal.number) AS value, probability, uncertainty,
    answer, json_extract(evidence, '$.looks') AS looks, decided.decision,
    coalesce(decided.class_name, decided.number) AS decidedValue, decided.is_unseen AS isUnseen, decided.decided_at AS decidedAt,
    CASE WHEN decided.decision IS NULL OR decided.decision = 'reopened'
      OR (decided.change_id IS NOT NULL AND decided.change_id NOT IN (SELECT id FROM standing)) THEN 'pending'
      ELSE decided.decision END AS state
  FROM label_proposal AS proposal
  LEFT JOIN latest ON latest.proposal_id = proposal.id LEFT JOIN label_decision AS decided ON decided.id = latest.id
  JOIN frame ON frame.id = proposal.frame_id JOIN image ON image.id = frame.image_id
  WHERE proposal.is_superseded = 0 AND image.removed_by IS NULL`;

/** Somebody said something of the same image or patient since. */
const IS_SAID = `EXISTS (SELECT 1 FROM label_value WHERE label_value.definition_id = proposal.definition_id
  AND label_value.subject_id = proposal.subject_id)`;

export class LabelProposals {
  readonly #file: ProjectFile;
  readonly #definitions: LabelDefinitions;
  readonly #labels: Labels;
  readonly #asked: AskedTargets;

  constructor(file: ProjectFile, definitions: LabelDefinitions, labels: Labels) {
    this.#file = file;
    this.#definitions = definitions;
    this.#labels = labels;
    this.#asked = new AskedTargets(file);
  }

  /** Takes the place of one of the same image and label that waits. Where a label is said by now nothing is stored: null. */
  add({ frameId, modelId, runId, value, answer, evidence }: NewLabelProposal): number | null {
    const { labelId } = answer;
    const subjectId = this.#subjectOf(labelId, frameId);
    if (this.#isSaid(labelId, subjectId)) return null;
    return this.#file.edit("propose a label", ["proposals", { frameId }], () => {
      for (const one of this.#records(`AND proposal.frame_id = ? AND proposal.definition_id = ?`, frameId, labelId)) {
        if (one.state === "pending")
          this.#file.run("UPDATE label_proposal SET is_superseded = 1 WHERE id = ?", one.proposalId);
      }
      return this.#file.run(
        `INSERT INTO label_proposal (frame_id, definition_id, subject_id, model_id, run_id, created_at, class_name, number, probability, uncertainty, answer, evidence)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        frameId,
        labelId,
        subjectId,
        modelId,
        runId,
        this.#file.now(),
        typeof value === "string" ? value : null,
        typeof value === "number" ? value : null,
        answer.probability,
        answer.uncertainty,
        JSON.stringify(answer),
        JSON.stringify(evidence),
      ).id;
    });
  }

  /** Worst first. Those that wait are of images of which nobody has said anything meanwhile. */
  list({
    state,
    labelId,
  }: { state?: LabelProposalState | undefined; labelId?: number | undefined } = {}): LabelProposalRow[] {
    const all = labelId === undefined ? this.#records("") : this.#records("AND proposal.definition_id = ?", labelId);
    const said = new Set(
      this.#file
        .all<{ id: number }>(`SELECT proposal.id FROM label_proposal AS proposal WHERE ${IS_SAID}`)
        .map(({ id }) => id),
    );
    const shown = all.filter((one) => one.state !== "pending" || !said.has(one.proposalId));
    const torn = tornSubjects(all);
    const most = new Map<number, number>();
    for (const { labelId: own, uncertainty } of shown) most.set(own, Math.max(most.get(own) ?? 0, uncertainty));
    const thresholds = this.#thresholds();
    return shown
      .filter((one) => state === undefined || one.state === state)
      .map((one) => rowOf(one, most.get(one.labelId)!, { torn, crosses: this.#crosses(one, thresholds) }))
      .toSorted(
        (a, b) =>
          atThreshold(b) - atThreshold(a) ||
          b.flags.length - a.flags.length ||
          b.doubt - a.doubt ||
          a.proposalId - b.proposalId,
      );
  }

  /** How many wait for a decision: as many as `list` gives. */
  waiting(): number {
    return this.#file.get<{ count: number }>(
      `SELECT count(*) AS count FROM (${SELECT} AND NOT ${IS_SAID}) WHERE state = 'pending'`,
    )!.count;
  }

  /** Of one image, the newest first. */
  ofFrame(frameId: number): LabelProposalRow[] {
    return this.#records("AND proposal.frame_id = ?", frameId)
      .map((one) => this.#rowOf(one))
      .toReversed();
  }

  get(proposalId: number): LabelProposalRow {
    return this.#rowOf(this.#record(proposalId));
  }

  detail(proposalId: number): LabelProposalDetail {
    const record = this.#record(proposalId);
    type Told = Pick<LabelProposalDetail, "createdAt" | "method" | "seed"> & { evidence: string };
    const more = this.#file.get<Told>(
      `SELECT label_proposal.created_at AS createdAt, evidence, run.method, run.seed
       FROM label_proposal JOIN run ON run.id = label_proposal.run_id WHERE label_proposal.id = ?`,
      proposalId,
    )!;
    // Those that the model knows: the label may have got others since.
    const { options, unit } = this.#asked.of(record.runId, record.labelId)!;
    const evidence = JSON.parse(more.evidence) as LabelProposalDetail["evidence"];
    const said = JSON.parse(record.answer) as LabelProposalDetail["answer"];
    const answer = inPresentOrder(said, options, this.#definitions.get(record.labelId));
    return { ...this.#rowOf(record), ...more, options: [...options], unit, answer, evidence };
  }

  /** The proposal becomes the label. */
  accept(proposalId: number): LabelProposalRow {
    return this.#say(proposalId, "accepted", this.#record(proposalId).value);
  }

  /** Another value becomes the label. The same one counts as accepted. */
  change(proposalId: number, value: LabelValue): LabelProposalRow {
    return this.#say(proposalId, value === this.#record(proposalId).value ? "accepted" : "changed", value);
  }

  /** Nothing is said of the image. */
  reject(proposalId: number): LabelProposalRow {
    const { frameId } = this.#pending(proposalId);
    return this.#file.edit("reject a label", ["proposals", { frameId }], () => {
      this.#decide(proposalId, "rejected", null, null, false);
      return this.get(proposalId);
    });
  }

  /** Takes the decision back: the proposal waits again, and what was said of the image before is said again, unless it was changed since. */
  reopen(proposalId: number): LabelProposalRow {
    const record = this.#record(proposalId);
    if (record.state === "pending") return this.get(proposalId);
    return this.#file.edit("reopen a label", ["proposals", "labels", { frameId: record.frameId }], () => {
      const { changeId } = this.#file.get<{ changeId: number | null }>(
        "SELECT change_id AS changeId FROM label_decision WHERE proposal_id = ? ORDER BY id DESC LIMIT 1",
        proposalId,
      )!;
      if (changeId !== null) this.#takeBack(record, changeId);
      this.#decide(proposalId, "reopened", null, null, false);
      return this.get(proposalId);
    });
  }

  /** Takes back the latest decision that stands; of many at once all of them. Returns those that wait again. */
  undo(): LabelProposalRow[] {
    const last = this.#file
      .all<{ id: number; proposalId: number; changeId: number | null; isUnseen: 0 | 1 }>(
        `SELECT id, proposal_id AS proposalId, change_id AS changeId, is_unseen AS isUnseen FROM label_decision
         WHERE decision <> 'reopened' AND id IN (SELECT max(id) FROM label_decision GROUP BY proposal_id) ORDER BY id DESC`,
      )
      .find(({ proposalId }) => {
        const [record] = this.#records("AND proposal.id = ?", proposalId);
        return record !== undefined && record.state !== "pending";
      });
    if (last === undefined) {
      throw new Problem({
        code: "conflict",
        title: "There is no decision on a grade to take back.",
        hint: "Accept, change or reject one first.",
      });
    }
    if (last.isUnseen === 0 || last.changeId === null) return [this.reopen(last.proposalId)];
    return this.#file.edit("reopen labels", ["proposals", "labels"], () => {
      const group = this.#file
        .all<{ id: number }>("SELECT proposal_id AS id FROM label_decision WHERE change_id = ?", last.changeId)
        .map(({ id }) => id);
      this.#labels.undoChange(last.changeId!);
      for (const id of group) this.#decide(id, "reopened", null, null, false);
      return group.map((id) => this.get(id));
    });
  }

  /** Several as they are, without a look at each: one change, undone at once. Patients whose images disagree are left out. Returns how many. */
  acceptMany(proposalIds: readonly number[]): number {
    const records = proposalIds.map((id) => this.#pending(id));
    return this.#file.edit("accept labels", ["proposals", "labels"], () => {
      const torn = tornSubjects(this.#records(""));
      const whole = records.toReversed().filter((one) => !torn.has(subjectKey(one)));
      const agreed = new Map(whole.map((one) => [subjectKey(one), one]));
      const free = [...agreed.values()].filter(({ labelId, subjectId }) => !this.#isSaid(labelId, subjectId));
      if (free.length === 0) return 0;
      this.#labels.record(free.map(({ labelId, subjectId, value }) => ({ labelId, subjectId, value })));
      const changeId = this.#labels.headId;
      for (const { proposalId, value } of free) this.#decide(proposalId, "accepted", changeId, value, true);
      return free.length;
    });
  }

  /** Labels that were accepted without a look and stand so: `labelId subjectId`. They must judge no model. */
  unseen(): Set<string> {
    const rows = this.#file.all<{ labelId: number; subjectId: number }>(
      `${STANDING}
       SELECT proposal.definition_id AS labelId, proposal.subject_id AS subjectId
       FROM latest JOIN label_decision AS decided ON decided.id = latest.id
       JOIN label_proposal AS proposal ON proposal.id = latest.proposal_id
       JOIN label_value ON label_value.definition_id = proposal.definition_id AND label_value.subject_id = proposal.subject_id
       WHERE decided.is_unseen = 1 AND decided.change_id IN (SELECT id FROM standing)
         AND label_value.class_name IS decided.class_name AND label_value.number IS decided.number`,
    );
    return new Set(rows.map(({ labelId, subjectId }) => `${labelId} ${subjectId}`));
  }

  /** Labels that began as proposals and stand, by `labelId subjectId`; all others were said by a person. */
  origins(): Map<string, LabelOrigin> {
    interface Row {
      labelId: number;
      subjectId: number;
      modelId: number;
      isAsProposed: 0 | 1;
      isUnseen: 0 | 1;
    }
    const rows = this.#file.all<Row>(
      `${STANDING}
       SELECT proposal.definition_id AS labelId, proposal.subject_id AS subjectId, proposal.model_id AS modelId,
         (label_value.class_name IS proposal.class_name AND label_value.number IS proposal.number) AS isAsProposed, decided.is_unseen AS isUnseen
       FROM latest JOIN label_decision AS decided ON decided.id = latest.id
       JOIN label_proposal AS proposal ON proposal.id = latest.proposal_id
       JOIN label_value ON label_value.definition_id = proposal.definition_id AND label_value.subject_id = proposal.subject_id
       WHERE decided.decision IN ('accepted', 'changed') AND decided.change_id IN (SELECT id FROM standing) ORDER BY decided.id`,
    );
    return new Map(
      rows.map(({ labelId, subjectId, modelId, isAsProposed, isUnseen }) => {
        const kind = isAsProposed === 1 ? "accepted" : "changed";
        return [`${labelId} ${subjectId}`, { kind, modelId, isUnseen: kind === "accepted" && isUnseen === 1 }];
      }),
    );
  }

  #say(proposalId: number, decision: "accepted" | "changed", value: LabelValue): LabelProposalRow {
    const { frameId, labelId, subjectId } = this.#pending(proposalId);
    if (this.#isSaid(labelId, subjectId)) throw alreadySaid(this.#definitions.get(labelId).name);
    return this.#file.edit(`${decision} a label`, ["proposals", "labels", { frameId }], () => {
      this.#labels.record([{ labelId, subjectId, value }]);
      this.#decide(proposalId, decision, this.#labels.headId, value, false);
      return this.get(proposalId);
    });
  }

  /** Of several that were accepted at once, this one alone. */
  #takeBack({ labelId, subjectId, proposalId }: ProposalRecord, changeId: number): void {
    const together = this.#file.get<{ count: number }>(
      "SELECT count(*) AS count FROM label_decision WHERE change_id = ?",
      changeId,
    )!.count;
    const { kept } = together === 1 ? this.#labels.undoChange(changeId) : { kept: 0 };
    if (together > 1) this.#labels.record([{ labelId, subjectId, value: null }]);
    if (kept === 0) return;
    throw new Problem({
      code: "conflict",
      title: "The label was changed after the proposal was accepted.",
      detail: `Proposal ${proposalId} stays decided, and the label as it is.`,
      hint: "Clear the label first if the proposal is to wait again.",
    });
  }

  #decide(
    proposalId: number,
    decision: LabelProposalState | "reopened",
    changeId: number | null,
    value: LabelValue | null,
    isUnseen: boolean,
  ): void {
    this.#file.run(
      `INSERT INTO label_decision (proposal_id, decision, change_id, class_name, number, is_unseen, decided_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      proposalId,
      decision,
      changeId,
      typeof value === "string" ? value : null,
      typeof value === "number" ? value : null,
      isUnseen ? 1 : 0,
      this.#file.now(),
    );
  }

  #subjectOf(labelId: number, frameId: number): number {
    const row = this.#file.get<{ imageId: number }>("SELECT image_id AS imageId FROM frame WHERE id = ?", frameId);
    return this.#labels.subjectOf(this.#definitions.get(labelId), found(row, "frame", frameId).imageId);
  }

  #isSaid(labelId: number, subjectId: number): boolean {
    return (
      this.#file.get("SELECT 1 FROM label_value WHERE definition_id = ? AND subject_id = ?", labelId, subjectId) !==
      undefined
    );
  }

  #record(proposalId: number): ProposalRecord {
    return found(this.#records("AND proposal.id = ?", proposalId)[0], "proposal", proposalId);
  }

  #pending(proposalId: number): ProposalRecord {
    const record = this.#record(proposalId);
    if (record.state === "pending") return record;
    throw new Problem({
      code: "conflict",
      title: `The proposal was already ${record.state}.`,
      hint: "Take that decision back first.",
    });
  }

  #rowOf(record: ProposalRecord): LabelProposalRow {
    const { labelId, subjectId } = record;
    const together = this.#records("AND proposal.definition_id = ? AND proposal.subject_id = ?", labelId, subjectId);
    const crosses = this.#crosses(record, this.#thresholds());
    return rowOf(record, record.uncertainty, { torn: tornSubjects(together), crosses });
  }

  /** Labels with thresholds alone. */
  #thresholds(): Map<number, LabelDefinition> {
    const graded = this.#definitions.list().filter(({ thresholds }) => thresholds.length > 0);
    return new Map(graded.map((one) => [one.labelId, one]));
  }

  /** Whether the likely grades lie on both sides of a threshold: what is to be done hangs on which of them it is. */
  #crosses({ labelId, runId, answer }: ProposalRecord, defined: ReadonlyMap<number, LabelDefinition>): boolean {
    const definition = defined.get(labelId);
    if (definition === undefined) return false;
    const { options } = this.#asked.of(runId, labelId)!;
    const { likely } = inPresentOrder(JSON.parse(answer) as LabelProposalDetail["answer"], options, definition);
    if (likely === null) return false;
    const [lowest, highest] = likely.map((place) => definition.options.indexOf(options[place]!)) as [number, number];
    return definition.thresholds
      .map((threshold) => definition.options.indexOf(threshold))
      .some((place) => lowest >= 0 && lowest < place && place <= highest);
  }

  #records(where: string, ...values: (number | string)[]): ProposalRecord[] {
    return this.#file.all<ProposalRecord>(`${SELECT} ${where} ORDER BY proposal.id`, ...values);
  }
}

const subjectKey = ({ labelId, subjectId }: ProposalRecord): string => `${labelId} ${subjectId}`;

/** Patients of whom different images were said to be of different classes: no one of them speaks for the patient. */
function tornSubjects(records: readonly ProposalRecord[]): Set<string> {
  const standing = records.filter(({ state, value }) => state !== "rejected" && typeof value === "string");
  const subjects = [...Map.groupBy(standing, subjectKey)];
  return new Set(subjects.flatMap(([key, own]) => (own.some(({ value }) => value !== own[0]!.value) ? key : [])));
}

/** What may wait is a grade on which nothing hangs. */
const atThreshold = ({ flags }: LabelProposalRow): number => (flags.includes("threshold") ? 1 : 0);

function rowOf(
  record: ProposalRecord,
  mostUncertain: number,
  { torn, crosses }: { torn: ReadonlySet<string>; crosses: boolean },
): LabelProposalRow {
  const { subjectId: _, answer, looks, decision: _decision, decidedValue, isUnseen, decidedAt, ...row } = record;
  const { votes, value: chosen } = JSON.parse(answer) as LabelProposalDetail["answer"];
  const seen = JSON.parse(looks ?? "null") as LabelProposalDetail["evidence"]["looks"];
  const doubt =
    row.probability !== null ? 1 - row.probability : mostUncertain > 0 ? row.uncertainty / mostUncertain : 0;
  return {
    ...row,
    doubt,
    flags: [
      ...(crosses ? (["threshold"] as const) : []),
      ...(votes.length > 0 && votes[chosen]! < AGREED ? (["split"] as const) : []),
      ...(seen !== null && seen.whole !== seen.close ? (["looks"] as const) : []),
      ...(seen !== null && seen.both !== chosen ? (["guess"] as const) : []),
      ...(torn.has(subjectKey(record)) ? (["patient"] as const) : []),
    ],
    decided:
      row.state === "pending" || decidedAt === null
        ? null
        : { value: decidedValue, isUnseen: isUnseen === 1, at: decidedAt },
  };
}

function alreadySaid(name: string): Problem {
  return new Problem({
    code: "conflict",
    title: `The image has a ${name} already.`,
    detail: "What a person said stands; a model's proposal never takes its place.",
    hint: "Clear the label first, or reject the proposal.",
  });
}
