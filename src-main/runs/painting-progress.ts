/**
 * @file Tells the queue what a synthesis paints at this moment: which pairs, how many steps of them are done, how they look by now, and how long all will
 * take. To be looked at; nothing of it is kept.
 */
import type { Painting } from "../api/contract.ts";
import { pictureFrame, type Placement } from "../dataset/index.ts";
import { encodeThumbnail } from "../imaging/index.ts";
import type { ImageGenerator, PaintProgress } from "../methods/index.ts";
import type { RunParent } from "./messages.ts";

/** Between two reports. */
const INTERVAL_MS = 200;
/** Between two looks at the pictures; longer where a look is dear: at most this share of the time goes into them. */
const LOOK_MS = 400;
const LOOK_SHARE = 0.1;
/** A picture is shown this large at most, pixels. */
const SHOWN_SIDE = 96;
/** Black and white as painted: a window of its own would make each look flicker. */
const AS_IT_IS = { center: 128, width: 256 };

interface Batch {
  /** Places of its pairs in the run. */
  indices: readonly number[];
  placements: readonly Placement[];
}

export class PaintingProgress {
  readonly #parent: RunParent;
  readonly #generator: Pick<ImageGenerator, "channels" | "size">;
  readonly #left: () => number;
  #batch: Batch = { indices: [0], placements: [] };
  #told = -Infinity;
  #looked = -Infinity;
  #lookMs = 0;
  #stepped = 0;
  /** Of one picture: seconds of a step, and of all that comes after its painting. */
  #stepSeconds: number | null = null;
  #afterSeconds = 0;

  /** `left`: pairs that are still to be made, those of the present batch among them. */
  constructor(parent: RunParent, generator: Pick<ImageGenerator, "channels" | "size">, left: () => number) {
    this.#parent = parent;
    this.#generator = generator;
    this.#left = left;
  }

  begin(batch: Batch): void {
    this.#batch = batch;
    this.#stepped = performance.now();
    this.#tell({ phase: "painting", step: 0, steps: 0, secondsLeft: null });
  }

  compiling(): void {
    this.#tell({ phase: "compiling", step: 0, steps: 0, secondsLeft: null });
    this.#stepped = 0;
  }

  async step({ step, steps, first, count, preview }: PaintProgress): Promise<void> {
    const now = performance.now();
    // The step before which something was compiled says nothing.
    if (this.#stepped > 0 && step > 1) {
      const seconds = (now - this.#stepped) / 1000 / count;
      this.#stepSeconds = this.#stepSeconds === null ? seconds : 0.8 * this.#stepSeconds + 0.2 * seconds;
    }
    this.#stepped = now;
    const isLookDue =
      step === 1 || step === steps || now - this.#looked >= Math.max(LOOK_MS, this.#lookMs / LOOK_SHARE);
    if (!isLookDue && now - this.#told < INTERVAL_MS) return;
    const left = this.#left();
    const secondsLeft =
      this.#stepSeconds === null
        ? null
        : this.#stepSeconds * ((left - first) * steps - count * step) + this.#afterSeconds * left;
    const previews = isLookDue ? await this.#look(await preview(), first, count) : undefined;
    this.#tell({ phase: "painting", step, steps, secondsLeft, ...(previews && { previews }) });
  }

  /** A pair of the batch was judged and handed over, in `seconds`. */
  pairDone(seconds: number): void {
    this.#afterSeconds = this.#afterSeconds === 0 ? seconds : 0.8 * this.#afterSeconds + 0.2 * seconds;
  }

  async #look(images: Float32Array, first: number, count: number): Promise<NonNullable<Painting["previews"]>> {
    const { channels, size } = this.#generator;
    const length = images.length / count;
    const previews = [];
    for (let place = 0; place < count; place++) {
      const image = images.subarray(place * length, (place + 1) * length);
      const frame = pictureFrame({ image, channels, size, placement: this.#batch.placements[first + place]! });
      const png = await encodeThumbnail(frame, AS_IT_IS, SHOWN_SIDE);
      previews.push({ index: this.#batch.indices[first + place]!, png: Buffer.from(png).toString("base64") });
    }
    this.#lookMs = performance.now() - this.#stepped;
    this.#looked = performance.now();
    return previews;
  }

  #tell(painting: Omit<Painting, "first" | "count">): void {
    this.#told = performance.now();
    const { indices } = this.#batch;
    this.#parent.postMessage({
      kind: "painting",
      painting: { first: indices[0]!, count: indices.length, ...painting },
    });
  }
}

/** Before there is a generator. */
export function tellReading(parent: RunParent, count: number): void {
  const none = { first: 0, count, step: 0, steps: 0, secondsLeft: null };
  parent.postMessage({ kind: "painting", painting: { phase: "reading", ...none } });
}
