/** @file What models say of whole images with all that their samples tell, for lists and tables: no saliency, which is large. */
import type { LabelProposalState, LabelReadOut } from "../api/contract.ts";
import { AskedTargets } from "./asked-targets.ts";
import type { ProjectFile } from "./file.ts";
import type { LabelDefinitions } from "./label-definitions.ts";
import type { LabelProposals } from "./label-proposals.ts";
import { inPresentOrder } from "./present-order.ts";

interface Told {
  proposalId: number;
  fileName: string;
  caseName: string;
  answer: string;
  samples: number;
  looks: string | null;
}

export class LabelReadOuts {
  readonly #file: ProjectFile;
  readonly #proposals: LabelProposals;
  readonly #definitions: LabelDefinitions;
  readonly #asked: AskedTargets;

  constructor(file: ProjectFile, proposals: LabelProposals, definitions: LabelDefinitions) {
    this.#file = file;
    this.#proposals = proposals;
    this.#definitions = definitions;
    this.#asked = new AskedTargets(file);
  }

  /** In the order of the review queue. */
  list(filter: { state?: LabelProposalState | undefined; labelId?: number | undefined } = {}): LabelReadOut[] {
    const told = new Map(
      this.#file
        .all<Told>(
          `SELECT proposal.id AS proposalId, image.file_name AS fileName, case_.name AS caseName, proposal.answer,
             json_extract(proposal.evidence, '$.samples') AS samples, json_extract(proposal.evidence, '$.looks') AS looks
           FROM label_proposal AS proposal JOIN frame ON frame.id = proposal.frame_id
           JOIN image ON image.id = frame.image_id JOIN case_ ON case_.id = image.case_id WHERE proposal.is_superseded = 0`,
        )
        .map((one) => [one.proposalId, one]),
    );
    return this.#proposals.list(filter).map((row): LabelReadOut => {
      const { fileName, caseName, samples, ...more } = told.get(row.proposalId)!;
      const { name, kind, options, unit } = this.#asked.of(row.runId, row.labelId)!;
      const definition = this.#definitions.get(row.labelId);
      const answer = inPresentOrder(JSON.parse(more.answer) as LabelReadOut["answer"], options, definition);
      const looks = JSON.parse(more.looks ?? "null") as LabelReadOut["looks"];
      return {
        ...row,
        fileName,
        caseName,
        label: name,
        kind,
        options: [...options],
        thresholds: definition.thresholds,
        unit,
        samples,
        looks,
        answer,
      };
    });
  }
}
