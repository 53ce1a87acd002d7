/**
 * @file What review records cost: labelling with eight views and a record against nothing but the same looks of the network on 512² images; and the bytes
 * that a record takes in the project file.
 */
import { deflateRawSync } from "node:zlib";
import { preprocessFrame, restorePrediction, squareViews } from "../../src-main/dataset/index.ts";
import { findMethod } from "../../src-main/methods/index.ts";
import { recordingPredictor } from "../../src-main/runs/recorded-prediction.ts";
import { encodeLabelMap } from "../../src-main/voxels/index.ts";
import { demoNames, readDemoImage } from "../inference/demo-images.ts";
import { doubled, trainedModel } from "./corrections.ts";
import { machineName, median, ownRow, type Row } from "./rows.ts";

const IMAGES = 12;
const ROUNDS = 5;
const VIEWS = 8;

export async function benchLabelling(): Promise<Row[]> {
  const images = (await Promise.all(demoNames("test").slice(0, IMAGES).map(readDemoImage))).map(doubled);
  const labelled = await Promise.all(demoNames("train").map(readDemoImage));
  const predictor = await findMethod("segment").openPredictor(await trainedModel(1), "cpu");
  try {
    const { size, channels, probabilities } = predictor.network!;
    const views = squareViews(size, VIEWS);
    const recording = recordingPredictor(predictor, VIEWS)!;
    for (const { truth } of labelled) recording.refer(truth);
    const bytes: number[] = [];
    const withRecord = async (): Promise<void> => {
      bytes.length = 0;
      for (const { frame } of images) {
        const { prediction, review } = await recording.predict(frame);
        encodeLabelMap(prediction.labelMap);
        const { record, uncertainty, difference, feature } = review;
        const maps = [uncertainty, ...(difference === null ? [] : [difference])];
        const mapBytes = maps.reduce((sum, map) => sum + deflateRawSync(map).length, 0);
        bytes.push(JSON.stringify(record).length + mapBytes + feature.length);
      }
    };
    const plain = async (): Promise<void> => {
      for (const { frame } of images) {
        const { image, ...placed } = preprocessFrame(frame, { size, channels });
        const said = await probabilities(views.of(image), VIEWS);
        const { labelMap } = restorePrediction(said.subarray(0, said.length / VIEWS), placed, { size, classes: [1] });
        encodeLabelMap(labelMap);
      }
    };
    const times = { ours: [] as number[], peer: [] as number[] };
    await withRecord();
    await plain();
    for (let round = 0; round < ROUNDS; round++) {
      for (const [who, work] of [
        ["ours", withRecord],
        ["peer", plain],
      ] as const) {
        const start = performance.now();
        await work();
        times[who].push(IMAGES / ((performance.now() - start) / 1000));
      }
    }
    const [ours, peer] = [median(times.ours), median(times.peer)];
    return [
      {
        suite: "labelling",
        machine: machineName(),
        workload: "label 512², eight views with a review record, network 128²",
        unit: "images/s",
        ours,
        peer,
        peerName: "the same looks of the network without a record",
        ratio: ours / peer,
        runs: ROUNDS,
      },
      ownRow("labelling", {
        workload: "review record of a 512² image in the project file",
        unit: "bytes",
        ours: median(bytes),
        runs: IMAGES,
      }),
    ];
  } finally {
    await predictor.release();
  }
}
