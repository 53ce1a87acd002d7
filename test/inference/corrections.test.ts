/** @file Scribbles on real images: each makes the proposal better in the median, and does what it says where it is drawn. */
import { expect, test } from "vitest";
import { dice } from "../../src-main/metrics/index.ts";
import { Random } from "../../src-main/random/index.ts";
import {
  correctByScribbles,
  type LabelMap,
  labelComponents,
  type Rectangle,
  type Scribble,
  stampDisc,
} from "../../src-main/voxels/index.ts";
import { type DemoImage, demoNames, readDemoImage } from "./demo-images.ts";
import { simulateScribble } from "./simulated-scribbles.ts";

/** A network that is wrong as networks are: it misses some nuclei, sees some that are not there, and blurs borders. */
function flawedProbabilities({ truth }: DemoImage, random: Random): Float32Array {
  const { width, height } = truth;
  const { labels, sizes } = labelComponents(truth.data, [height, width], 1);
  const isMissed = sizes.map(() => random.between(0, 1) < 0.25);
  const seen: LabelMap = {
    width,
    height,
    data: Uint8Array.from(labels, (label) => (label > 0 && !isMissed[label - 1]! ? 1 : 0)),
  };
  for (let count = 0; count < 3; count++) {
    stampDisc(seen, { x: random.between(20, width - 20), y: random.between(20, height - 20) }, random.between(4, 9), 1);
  }
  return blurred(seen).map((share) => 0.1 + 0.8 * share);
}

/** Mean over 5 x 5 pixels. */
function blurred({ width, height, data }: LabelMap): Float32Array {
  const means = new Float32Array(data.length);
  for (let index = 0; index < data.length; index++) {
    const [x, y] = [index % width, Math.floor(index / width)];
    let sum = 0;
    let count = 0;
    for (let py = Math.max(0, y - 2); py <= Math.min(height - 1, y + 2); py++) {
      for (let px = Math.max(0, x - 2); px <= Math.min(width - 1, x + 2); px++, count++) sum += data[py * width + px]!;
    }
    means[index] = sum / count;
  }
  return means;
}

function windowOf(plane: Float32Array, width: number, window: Rectangle): Float32Array {
  return Float32Array.from({ length: window.width * window.height }, (_, index) => {
    const [x, y] = [window.x + (index % window.width), window.y + Math.floor(index / window.width)];
    return plane[y * width + x]!;
  });
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

test("each of five scribbles raises the Dice in the median over images and seeds; pixels under them are as they say", async () => {
  const rounds: number[][] = Array.from({ length: 6 }, () => []);
  for (const name of demoNames("test").slice(0, 10)) {
    const image = await readDemoImage(name);
    const { frame, truth } = image;
    for (const seed of [1, 2]) {
      const random = new Random(seed, name);
      const foreground = flawedProbabilities(image, random);
      const background = foreground.map((each) => 1 - each);
      let proposal: LabelMap = { ...truth, data: Uint8Array.from(foreground, (each) => (each > 0.5 ? 1 : 0)) };
      const scribbles: Scribble[] = [];
      rounds[0]!.push(dice(proposal.data, truth.data)!);
      for (const round of rounds.slice(1)) {
        const scribble = simulateScribble({ proposal, truth, value: 1 }, random);
        if (scribble !== null) {
          scribbles.push(scribble);
          proposal = correctByScribbles({
            frame,
            labels: proposal,
            scribbles,
            probabilities: (window) => ({
              classes: [1],
              planes: [background, foreground].map((plane) => windowOf(plane, frame.width, window)),
            }),
          });
          for (const { x, y } of scribble.points) {
            const said = scribble.isForeground ? 1 : 0;
            expect(proposal.data[Math.floor(y) * frame.width + Math.floor(x)]).toBe(said);
          }
        }
        round.push(dice(proposal.data, truth.data)!);
      }
    }
  }
  const medians = rounds.map(median);
  medians.slice(1).forEach((each, index) => expect(each, medians.join(" ")).toBeGreaterThan(medians[index]!));
});

test("a correction changes nothing outside its window, and nothing when the scribble lies beside the image", async () => {
  const image = await readDemoImage(demoNames("test")[0]!);
  const { frame, truth } = image;
  const probabilities = ({ width, height }: Rectangle) => {
    const plane = new Float32Array(width * height).fill(0.5);
    return { classes: [1], planes: [plane, plane] };
  };
  const at = (x: number, y: number): Scribble => ({ value: 1, isForeground: true, radius: 1, points: [{ x, y }] });
  const beside = correctByScribbles({ frame, labels: truth, scribbles: [at(-50, -50)], probabilities });
  expect(beside.data).toEqual(truth.data);
  const corrected = correctByScribbles({ frame, labels: truth, scribbles: [at(128, 128)], probabilities });
  corrected.data.forEach((value, index) => {
    const distance = Math.max(Math.abs((index % 256) - 128), Math.abs(Math.floor(index / 256) - 128));
    if (distance > 100) expect(value).toBe(truth.data[index]);
  });
  expect(() => correctByScribbles({ frame, labels: truth, scribbles: [], probabilities })).toThrow("no scribble");
});
