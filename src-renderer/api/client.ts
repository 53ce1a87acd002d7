/**
 * @file The only place that calls fetch: one method per route of api/contract.ts.
 * Same origin; the door that served the page has already set the cookie that authorizes it.
 */
import type {
  AcceptanceOutcome,
  AlignmentOutcome,
  AlignmentRequest,
  AnnotatedArea,
  ArmRow,
  AnnotationState,
  AnnotationSuggestion,
  BulkHistory,
  CarriedOutcome,
  BulkStep,
  BundleReport,
  BurnedInDetail,
  ClassRow,
  ClassUsage,
  DatasetStatistics,
  EstimatedFlow,
  PairRanges,
  EvaluationSummary,
  ExperimentDetail,
  ExperimentRow,
  ExportPreview,
  ExportReport,
  FlowRequest,
  FolderListing,
  FrameColumns,
  FrameRow,
  FrameScope,
  GeneratorRow,
  GradeSources,
  ImportState,
  LabelAcceptance,
  LabelCondition,
  LabelDefinition,
  LabelEvaluation,
  LabelHistory,
  LabelProposalDetail,
  LabelProposalRow,
  LabelStep,
  LabelValue,
  KeptImport,
  KeptImportRow,
  KeptWindow,
  LeakReport,
  MaskProvenance,
  MethodRow,
  ModelRow,
  NewKeptWindow,
  PairingChoices,
  PairingDetail,
  PairingRequest,
  PairingRow,
  PairMark,
  PairState,
  Preferences,
  PrivacyField,
  ProblemFields,
  ProjectSummary,
  ProposalDetail,
  ProposalPart,
  ProposalRow,
  ProposalStep,
  Redaction,
  RedactionReport,
  RemovalPreview,
  RegionMark,
  ReviewChange,
  ReviewQueue,
  ReviewRecord,
  RunDetail,
  RunEstimate,
  FittedTraining,
  RunPlan,
  RunHistoryRow,
  RunRow,
  RunSample,
  Scribble,
  SessionState,
  SliceRow,
  Split,
  SynthesisDetail,
  SynthesisRequest,
  SynthesisRow,
  SyntheticPairRow,
  TranslationEvaluation,
  TranslationRequest,
} from "../../src-main/api/contract.ts";
import { toBase64 } from "./base64.ts";
import { frameRows } from "./frame-columns.ts";
import { ConnectionLost, RequestRefused } from "./trouble.ts";
import type {
  ExperimentRequest,
  ExportChoice,
  ImportFiles,
  ImportOptions,
  LabelRules,
  RunRequest,
  SplitCounts,
  UploadedFile,
  RelativeChoice,
} from "./requests.ts";

interface Call {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  json?: unknown;
  body?: Uint8Array<ArrayBuffer> | FormData;
  signal?: AbortSignal;
}

export class Client {
  readonly base: string;
  /** Part of picture addresses: a page keeps pictures by address, and another project numbers its frames alike. */
  #closings = 0;
  /** The project that the window shows: what is painted on it is stored in no other. */
  projectId: string | null = null;
  /** Part of them too: a redacted picture must not be shown from memory. */
  #redactions = 0;

  constructor(base = "/api") {
    this.base = base;
  }

  session = () => this.#json<SessionState>("/session");
  preferences = () => this.#json<Preferences>("/preferences");
  changePreferences = (change: Partial<Preferences>) =>
    this.#json<Preferences>("/preferences", { method: "PATCH", json: change });
  folders = (path: string | null) =>
    this.#json<FolderListing>(path === null ? "/folders" : `/folders?path=${encodeURIComponent(path)}`);

  foldersWithFiles = (path: string | null) =>
    this.#json<FolderListing>(`/folders?files=all${path === null ? "" : `&path=${encodeURIComponent(path)}`}`);

  createProject = (path: string, classes: string[]) =>
    this.#json<ProjectSummary>("/project/create", { json: { path, classes } });
  openProject = (path: string) => this.#json<ProjectSummary>("/project/open", { json: { path } });
  /** Also of a project being made, and of the demo. */
  cancelOpening = () => this.#done("/project/open/cancel", { method: "POST" });
  openDemo = () => this.#json<ProjectSummary>("/project/demo", { json: {} });
  /** Goes on with the copy. */
  copyProject = (path: string) => this.#json<ProjectSummary>("/project/copy", { json: { path } });
  cancelCopy = () => this.#done("/project/copy/cancel", { method: "POST" });
  closeProject = () => {
    this.#closings++;
    return this.#done("/project/close", { method: "POST" });
  };

  addClass = (name: string, color?: string) => this.#json<ClassRow>("/classes", { json: { name, color } });
  changeClass = (value: number, change: Partial<Omit<ClassRow, "value">>) =>
    this.#json<ClassRow>(`/classes/${value}`, { method: "PATCH", json: change });

  keepWindow = (kept: NewKeptWindow) => this.#json<KeptWindow>("/windows", { json: kept });
  forgetWindow = (windowId: number) => this.#done(`/windows/${windowId}`, { method: "DELETE" });

  labels = () => this.#json<LabelDefinition[]>("/labels");
  addLabel = (rules: LabelRules) => this.#json<LabelDefinition>("/labels", { json: rules });
  changeLabel = (labelId: number, rules: LabelRules) =>
    this.#json<LabelDefinition>(`/labels/${labelId}`, { method: "PATCH", json: rules });
  labelValues = (labelId: number) => this.#json<{ frameId: number; value: LabelValue }[]>(`/labels/${labelId}/values`);
  setLabel = (labelId: number, frameId: number, value: LabelValue | null) =>
    this.#json<LabelHistory>(`/labels/${labelId}/frames/${frameId}`, { method: "PUT", json: { value } });
  labelHistory = () => this.#json<LabelHistory>("/labels/history");
  undoLabel = () => this.#json<LabelStep>("/labels/undo", { method: "POST" });
  /** A model says of images what it learned. */
  gradeImages = (modelId: number, images: { split: Split } | { frameIds: readonly number[] }) =>
    this.#json<RunRow>("/label-proposals", { json: { modelId, ...images } });
  /** All that no newer ones replaced, flagged first, then worst first. */
  labelProposals = () => this.#json<LabelProposalRow[]>("/label-proposals");
  waitingLabelProposals = () => this.#json<number>("/label-proposals/waiting");
  labelProposal = (proposalId: number) => this.#json<LabelProposalDetail>(`/label-proposals/${proposalId}`);
  labelConditions = (modelId: number) => this.#json<LabelCondition[]>(`/label-proposals/conditions/${modelId}`);
  decideLabel = (proposalId: number, decision: "accept" | "reject") =>
    this.#json<LabelProposalRow>(`/label-proposals/${proposalId}/${decision}`, { method: "POST" });
  changeLabelProposal = (proposalId: number, value: LabelValue) =>
    this.#json<LabelProposalRow>(`/label-proposals/${proposalId}/change`, { json: { value } });
  acceptLabelsAbove = (quality: number, { labelId, modelId }: Pick<LabelCondition, "labelId" | "modelId">) =>
    this.#json<LabelAcceptance>("/label-proposals/accept-above", { json: { quality, labelId, modelId } });
  /** Takes the last decision back, whoever made it; of many at once all of them. */
  undoLabelDecision = () => this.#json<LabelProposalRow[]>("/label-proposals/undo", { method: "POST" });
  redoLabel = () => this.#json<LabelStep>("/labels/redo", { method: "POST" });
  removeClass = (value: number) => this.#done(`/classes/${value}`, { method: "DELETE" });
  /** Off all images, as one action to undo; returns those that showed it. */
  clearClass = (value: number) => this.#json<number[]>(`/classes/${value}/pixels`, { method: "DELETE" });
  classUsage = () => this.#json<ClassUsage[]>("/classes/usage");
  framesOfClass = (value: number) => this.#json<number[]>(`/classes/${value}/frames`);
  areas = () => this.#json<AnnotatedArea[]>("/areas");
  bulkHistory = () => this.#json<BulkHistory>("/bulk/history");
  undoBulk = () => this.#json<BulkStep>("/bulk/undo", { method: "POST" });
  redoBulk = () => this.#json<BulkStep>("/bulk/redo", { method: "POST" });
  /** On the proposals that wait for these frames. */
  decideAll = (frameIds: readonly number[], decision: "accept" | "reject") =>
    this.#json<{ changed: number }>("/bulk/decisions", { json: { frameIds, decision } });
  labelAll = (labelId: number, frameIds: readonly number[], value: LabelValue | null) =>
    this.#json<{ changed: number }>("/bulk/labels", { json: { frameIds, labelId, value } });
  previewRemoval = (frameIds: readonly number[]) =>
    this.#json<RemovalPreview>("/bulk/removals/preview", { json: { frameIds } });
  removeImages = (frameIds: readonly number[]) =>
    this.#json<{ changed: number }>("/bulk/removals", { json: { frameIds } });
  leaks = () => this.#json<LeakReport>("/leaks");
  statistics = () => this.#json<DatasetStatistics>("/statistics");
  cancelStatistics = () => this.#done("/statistics/cancel", { method: "POST" });

  frames = async (): Promise<FrameRow[]> => frameRows(await this.#json<FrameColumns>("/frames/columns"));
  frameRows = (frameIds: readonly number[]) => this.#json<FrameRow[]>(`/frames/rows?ids=${frameIds.join(",")}`);
  thumbnailAddress = (frameId: number) =>
    `${this.base}/frames/${frameId}/thumbnail?closings=${this.#closings}&redactions=${this.#redactions}`;
  pixels = (frameId: number, signal?: AbortSignal) => this.#bytes(`/frames/${frameId}/pixels`, { signal });

  slices = (frameId: number, signal?: AbortSignal) => this.#json<SliceRow[]>(`/frames/${frameId}/slices`, { signal });
  /** One action on several frames: stored for all or none. */
  putMasks = (masks: readonly { frameId: number; base: number; bytes: Uint8Array }[]) =>
    this.#json<AnnotationState[]>("/frames/masks", {
      method: "PUT",
      json: { frames: masks.map(({ frameId, base, bytes }) => ({ frameId, base, labelMap: toBase64(bytes) })) },
    });

  async mask(frameId: number, signal?: AbortSignal): Promise<{ bytes: Uint8Array; annotation: AnnotationState }> {
    const response = await this.#send(`/frames/${frameId}/mask`, { signal });
    const header = response.headers.get("Aliquot-Annotation");
    if (header === null) throw new Error(`GET /frames/${frameId}/mask: the header Aliquot-Annotation is missing.`);
    return { bytes: await bodyBytes(response), annotation: JSON.parse(header) as AnnotationState };
  }

  putMask = (frameId: number, base: number, body: Uint8Array<ArrayBuffer>) =>
    this.#json<AnnotationState>(`/frames/${frameId}/mask?base=${base}`, { method: "PUT", body });
  /** Without `base` whatever was done last on the frame. */
  undo = (frameId: number, base?: number) =>
    this.#json<AnnotationState>(`/frames/${frameId}/undo${base === undefined ? "" : `?base=${base}`}`, {
      method: "POST",
    });
  redo = (frameId: number, base: number) =>
    this.#json<AnnotationState>(`/frames/${frameId}/redo?base=${base}`, { method: "POST" });

  burnedIn = (frameId: number) => this.#json<BurnedInDetail>(`/frames/${frameId}/burned-in`);
  reviewBurnedIn = (frameId: number, reviewed: boolean, scope: FrameScope) =>
    this.#json<FrameRow>(`/frames/${frameId}/burned-in`, { method: "PUT", json: { reviewed, scope } });
  async redact(frameId: number, redaction: Redaction): Promise<RedactionReport> {
    try {
      return await this.#json<RedactionReport>(`/frames/${frameId}/redactions`, { json: redaction });
    } finally {
      this.#redactions++;
    }
  }
  cancelRedaction = (redactionId: number) => this.#done(`/redactions/${redactionId}/cancel`, { method: "POST" });

  importFiles({ images, masks, labels }: ImportFiles<UploadedFile>, options: ImportOptions): Promise<ImportState> {
    const form = new FormData();
    // First, so that a streaming server knows the options before the first file arrives.
    form.append("options", JSON.stringify(options));
    for (const [field, files] of Object.entries({ images, masks, labels })) {
      for (const { file, path } of files) form.append(field, file, path);
    }
    return this.#json<ImportState>("/imports", { method: "POST", body: form });
  }
  importPaths = ({ images, masks, labels }: ImportFiles<string>, options: ImportOptions) =>
    this.#json<ImportState>("/imports/folder", { json: { paths: images, masks, labels, ...options } });
  /** The files of a preview once more. */
  importAgain = (importId: number, options: ImportOptions) =>
    this.#json<ImportState>(`/imports/${importId}/again`, { json: options });
  privacyFields = () => this.#json<PrivacyField[]>("/imports/privacy");
  earlierImports = () => this.#json<KeptImportRow[]>("/imports/reports");
  earlierImport = (reportId: number) => this.#json<KeptImport>(`/imports/reports/${reportId}`);
  /** Where a report is downloaded from: that of an import of this session, with the names of its files, or a kept one. */
  reportAddress = (of: { importId: number } | { reportId: number }, format: "txt" | "csv") =>
    `${this.base}/imports/${"importId" in of ? of.importId : `reports/${of.reportId}`}/file?format=${format}`;
  cancelImport = (importId: number) => this.#json<ImportState>(`/imports/${importId}/cancel`, { method: "POST" });

  split = (counts: SplitCounts & { seed: number }) => this.#json<ProjectSummary>("/split", { json: counts });
  assignSplits = (splits: { split: Split | null; caseIds: number[] }[]) =>
    this.#done("/cases", { method: "PATCH", json: { splits } });
  moveCase = (caseId: number, split: Split) => this.#done(`/cases/${caseId}`, { method: "PATCH", json: { split } });

  /** `pairing`: which one methods that translate would learn from; null: the newest. */
  methods = (pairing: number | null) =>
    this.#json<MethodRow[]>(pairing === null ? "/methods" : `/methods?pairing=${pairing}`);
  runs = () => this.#json<RunRow[]>("/runs");
  run = (runId: number) => this.#json<RunDetail>(`/runs/${runId}`);
  estimateRun = (recipe: Pick<RunRequest, "method" | "settings" | "device">) =>
    this.#json<RunEstimate>("/run-estimates", { json: recipe });
  planRun = (request: RunRequest) => this.#json<RunPlan>("/run-plans", { json: request });
  fitRun = (request: RunRequest, until: string) =>
    this.#json<FittedTraining>("/run-plans/deadline", { json: { ...request, until } });
  cancelFit = () => this.#done("/run-plans/deadline/cancel", { method: "POST" });
  startRun = (request: RunRequest) => this.#json<RunRow>("/runs", { json: request });
  cancelRun = (runId: number) => this.#json<RunRow>(`/runs/${runId}/cancel`, { method: "POST" });
  pauseRun = (runId: number) => this.#json<RunRow>(`/runs/${runId}/pause`, { method: "POST" });
  arms = () => this.#json<ArmRow[]>("/experiments/arms");
  experiments = () => this.#json<ExperimentRow[]>("/experiments");
  experiment = (runId: number) => this.#json<ExperimentDetail>(`/experiments/${runId}`);
  startExperiment = (request: ExperimentRequest) => this.#json<RunRow>("/experiments", { json: request });
  resumeRun = (runId: number) => this.#json<RunRow>(`/runs/${runId}/resume`, { method: "POST" });
  /** Ends a training now: its best checkpoint becomes the model. */
  finishRun = (runId: number) => this.#json<RunRow>(`/runs/${runId}/finish`, { method: "POST" });
  /** Leaves the architecture that a training searches as it is, and trains on. */
  stopSearch = (runId: number) => this.#json<RunRow>(`/runs/${runId}/stop-search`, { method: "POST" });
  /** 1 is next. Answers the queue in its order. */
  moveRun = (runId: number, position: number) => this.#json<RunRow[]>(`/runs/${runId}/move`, { json: { position } });
  /** For `aliquot run` on another machine; the path is on this computer. */
  exportRun = (runId: number, path: string) => this.#json<BundleReport>(`/runs/${runId}/bundle`, { json: { path } });
  cancelRunExport = (runId: number) => this.#done(`/runs/${runId}/bundle/cancel`, { method: "POST" });
  importRunResult = (path: string) => this.#json<RunRow>("/runs/results", { json: { path } });
  runSamples = (runId: number) => this.#json<RunSample[]>(`/runs/${runId}/samples`);
  /** What was made of a validation frame after `step`: a mask or a picture. */
  runSample = (runId: number, { step, frameId }: Pick<RunSample, "step" | "frameId">, signal?: AbortSignal) =>
    this.#bytes(`/runs/${runId}/samples/${step}/${frameId}`, { signal });
  /** The annotation that the run is judged by. */
  runTruth = (runId: number, frameId: number, signal?: AbortSignal) =>
    this.#bytes(`/runs/${runId}/truth/${frameId}`, { signal });
  runHistory = () => this.#json<RunHistoryRow[]>("/run-history");
  models = () => this.#json<ModelRow[]>("/models");
  renameModel = (modelId: number, name: string) =>
    this.#json<ModelRow>(`/models/${modelId}`, { method: "PATCH", json: { name } });

  propose = (modelId: number, images: { split: Split } | { frameIds: readonly number[] }) =>
    this.#json<RunRow>("/proposals", { json: { modelId, ...images } });
  /** A model looks at the frame now: the newest, if none is named. */
  proposeOn = (frameId: number, modelId: number) =>
    this.#json<ProposalStep>(`/proposals/frames/${frameId}`, { json: { modelId } });
  cancelProposal = () => this.#done("/proposals/cancel", { method: "POST" });
  /** In place of what was to be prepared before. */
  prepareProposals = (frameIds: readonly number[], modelId: number) =>
    this.#done("/proposals/ahead", { json: { frameIds, modelId } });
  proposalOn = (frameId: number, signal?: AbortSignal) =>
    this.#json<ProposalDetail | null>(`/proposals/frames/${frameId}`, { signal });
  scribbleOn = (proposalId: number, scribble: Scribble) =>
    this.#json<ProposalStep>(`/proposals/${proposalId}/scribbles`, { json: scribble });
  takeProposal = (proposalId: number, part: ProposalPart, base: number) =>
    this.#json<ProposalStep>(`/proposals/${proposalId}/take`, { json: { part, base } });
  /** All that no newer ones replaced, worst first. */
  proposals = () => this.#json<ProposalRow[]>("/proposals");
  proposalMask = (proposalId: number, signal?: AbortSignal) => this.#bytes(`/proposals/${proposalId}/mask`, { signal });
  proposalConfidence = (proposalId: number, signal?: AbortSignal) =>
    this.#bytes(`/proposals/${proposalId}/confidence`, { signal });
  /** What a model says of each pixel: per class value, 0 being background, one byte a pixel, 255 = surely that class. */
  async probabilities(frameId: number, modelId: number, signal?: AbortSignal): Promise<Map<number, Uint8Array>> {
    const path = `/proposals/frames/${frameId}/probabilities?modelId=${modelId}`;
    const response = await this.#send(path, { signal });
    const values = JSON.parse(response.headers.get("Aliquot-Classes") ?? "[]") as number[];
    const planes = await bodyBytes(response);
    const pixels = planes.length / values.length;
    return new Map(values.map((value, plane) => [value, planes.subarray(plane * pixels, (plane + 1) * pixels)]));
  }
  proposalsOf = (frameId: number, signal?: AbortSignal) =>
    this.#json<ProposalRow[]>(`/frames/${frameId}/proposals`, { signal });
  decide = (proposalId: number, decision: "accept" | "reject" | "reopen") =>
    this.#json<ProposalRow>(`/proposals/${proposalId}/${decision}`, { method: "POST" });
  saveEditedProposal = (proposalId: number, body: Uint8Array<ArrayBuffer>) =>
    this.#json<ProposalRow>(`/proposals/${proposalId}/mask`, { method: "PUT", body });
  acceptAbove = (quality: number) => this.#json<AcceptanceOutcome>("/proposals/accept-above", { json: { quality } });

  /** What was accepted by then stays. */
  cancelDecisions = () => this.#done("/proposals/decisions/cancel", { method: "POST" });

  review = () => this.#json<ReviewQueue>("/review");
  /** What became of these images' proposals; at most 1000. */
  reviewChange = (frameIds: readonly number[]) =>
    this.#json<ReviewChange>(`/review/changes?frames=${frameIds.join(",")}`);
  /** Takes the last decision back, whoever made it. */
  undoDecision = () => this.#json<ProposalRow>("/review/undo", { method: "POST" });
  suggestions = (count: number) => this.#json<AnnotationSuggestion[]>(`/review/suggestions?count=${count}`);
  /** null: the proposal was made without. */
  reviewRecord = (proposalId: number) => this.#ifFound(() => this.#json<ReviewRecord>(`/review/${proposalId}`));
  /** Score map of voxels/score-map.ts; null where the model has no teacher. */
  regionMarks = (proposalId: number) => this.#json<RegionMark[]>(`/review/${proposalId}/regions`);
  keepRegionMarks = (proposalId: number, marks: readonly RegionMark[]) =>
    this.#done(`/review/${proposalId}/regions`, { method: "PUT", json: { marks } });
  difference = (proposalId: number) => this.#ifFound(() => this.#bytes(`/review/${proposalId}/difference`, {}));
  provenance = (frameId: number, signal?: AbortSignal) =>
    this.#json<MaskProvenance | null>(`/frames/${frameId}/provenance`, { signal });

  evaluate = (modelId: number, split: Split) => this.#json<RunRow>("/evaluations", { json: { modelId, split } });
  evaluation = (modelId: number, split: Split) =>
    this.#json<EvaluationSummary>(`/evaluations?modelId=${modelId}&split=${split}`);

  /** Each label of a model of grades or numbers; none: not judged on that split yet. */
  labelEvaluations = (modelId: number, split: Split, { zeros, isForced, labelId }: RelativeChoice = {}) => {
    const policy = zeros === undefined ? "" : `&zeros=${typeof zeros === "object" ? `floor:${zeros.floor}` : zeros}`;
    const anyway = isForced === true ? "&relative=anyway" : "";
    const asked = `${policy}${anyway}${labelId === undefined ? "" : `&labelId=${labelId}`}`;
    return this.#json<LabelEvaluation[]>(`/evaluations/labels?modelId=${modelId}&split=${split}${asked}`);
  };

  /** Of a model that translates; null: not judged on that split yet. */
  translationEvaluation = (modelId: number, split: Split) =>
    this.#json<TranslationEvaluation | null>(`/evaluations/translations?modelId=${modelId}&split=${split}`);

  generators = () => this.#json<GeneratorRow[]>("/synthesis/generators");
  /** Newest first. */
  syntheses = () => this.#json<SynthesisRow[]>("/synthesis");
  synthesis = (runId: number) => this.#json<SynthesisDetail>(`/synthesis/${runId}`);
  gradeSources = (modelId: number) => this.#json<GradeSources[]>(`/synthesis/generators/${modelId}/grades`);
  synthesise = (request: SynthesisRequest) => this.#json<RunRow>("/synthesis", { json: request });
  pairImageAddress = (pairId: number) => `${this.base}/synthesis/pairs/${pairId}/image?closings=${this.#closings}`;
  pairMask = (pairId: number) => this.#bytes(`/synthesis/pairs/${pairId}/mask`, {});
  /** One decision on all of them. */
  decidePairs = (pairIds: readonly number[], state: PairState) =>
    this.#json<SyntheticPairRow[]>("/synthesis/pairs", { method: "PUT", json: { pairIds, state } });
  /** What was decided by then stays. */
  cancelPairDecisions = () => this.#done("/synthesis/cancel", { method: "POST" });
  /** Takes the last decision on pairs back, of whichever run. */
  undoPairs = () => this.#json<SyntheticPairRow[]>("/synthesis/undo", { method: "POST" });

  /** Newest first. */
  pairings = () => this.#json<PairingRow[]>("/pairings");
  pairing = (pairingId: number) => this.#json<PairingDetail>(`/pairings/${pairingId}`);
  pairingChoices = () => this.#json<PairingChoices>("/pairings/choices");
  pair = (request: PairingRequest) => this.#json<PairingRow>("/pairings", { json: request });
  /** One action. */
  markPairs = (pairingId: number, places: readonly number[], mark: PairMark) =>
    this.#json<PairingDetail>(`/pairings/${pairingId}/pairs`, { method: "PUT", json: { places, mark } });
  alignPairs = (pairingId: number, request: AlignmentRequest) =>
    this.#json<AlignmentOutcome>(`/pairings/${pairingId}/align`, { json: request });
  /** What was aligned by then stays. */
  cancelAlignment = () => this.#done("/pairings/align/cancel", { method: "POST" });
  undoPairing = (pairingId: number) => this.#json<PairingDetail>(`/pairings/${pairingId}/undo`, { method: "POST" });
  pairRanges = (pairingId: number, place: number) =>
    this.#json<PairRanges>(`/pairings/${pairingId}/pairs/${place}/ranges`);
  estimateFlow = (request: FlowRequest) => this.#json<EstimatedFlow>("/translations/flow", { json: request });
  carryOutlines = () => this.#json<CarriedOutcome>("/translations/outlines", { method: "POST" });
  translate = (request: TranslationRequest) => this.#json<RunRow>("/translations", { json: request });

  /** `previewId`: made up by the caller, for `cancelPreview` and to know the events of it by. */
  previewExport = (choice: ExportChoice, previewId: string) =>
    this.#json<ExportPreview>("/exports/preview", { json: { ...choice, previewId } });
  cancelPreview = (previewId: string) => this.#done(`/exports/preview/${previewId}/cancel`, { method: "POST" });
  export = (request: ExportChoice & { dir: string; overwrite: boolean }) =>
    this.#json<ExportReport>("/exports", { json: request });
  cancelExport = (exportId: number) => this.#done(`/exports/${exportId}/cancel`, { method: "POST" });

  async #ifFound<T>(call: () => Promise<T>): Promise<T | null> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof RequestRefused && error.problem?.code === "not-found") return null;
      throw error;
    }
  }

  async #json<T>(path: string, call: Call = {}): Promise<T> {
    return (await (await this.#send(path, call)).json()) as T;
  }

  async #bytes(path: string, call: Call): Promise<Uint8Array> {
    return bodyBytes(await this.#send(path, call));
  }

  async #done(path: string, call: Call): Promise<void> {
    await this.#send(path, call);
  }

  async #send(path: string, { method, json, body, signal }: Call): Promise<Response> {
    const isJson = json !== undefined;
    let response: Response;
    try {
      response = await fetch(this.base + path, {
        method: method ?? (isJson ? "POST" : "GET"),
        body: isJson ? JSON.stringify(json) : (body ?? null),
        headers: {
          ...(isJson ? { "content-type": "application/json" } : {}),
          ...(this.projectId !== null && isChangeOfFrame(path, method) ? { "aliquot-project": this.projectId } : {}),
        },
        signal: signal ?? null,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ConnectionLost({ cause: error });
    }
    if (response.ok) return response;
    throw new RequestRefused(response.status, await problemOf(response));
  }
}

/** Ids of frames, labels, proposals and pairs say nothing of the project that they belong to. */
function isChangeOfFrame(path: string, method: Call["method"]): boolean {
  return (
    method !== undefined &&
    method !== "GET" &&
    /^\/(frames|labels|label-proposals|proposals|review|synthesis|pairings)\//.test(path)
  );
}

async function bodyBytes(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

async function problemOf(response: Response): Promise<ProblemFields | null> {
  if (!response.headers.get("content-type")?.includes("json")) return null;
  return (await response.json()) as ProblemFields;
}
