/**
 * @file Every metric against values of SciPy, scikit-image and scikit-learn, stored in test/oracle/metrics.json.
 * ALIQUOT_METRICS_FILE names another file of the same form. Metrics that we do not have are listed and skipped.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  accuracy,
  assd,
  aucMacroOneVsRest,
  averageSurfaceDistance,
  balancedAccuracy,
  brier,
  confusionMatrix,
  dice,
  expectedCalibrationError,
  f1Macro,
  frechetDistance,
  hausdorff,
  hausdorff95,
  iou,
  kappaQuadratic,
  kernelDistance,
  mae,
  mape,
  medianRelativeError,
  mse,
  nmae,
  pearson,
  psnr,
  r2,
  rmse,
  ssim,
  type SsimWindow,
} from "../../src-main/metrics/index.ts";
import { labelComponents, largestComponent, type MaskShape } from "../../src-main/voxels/index.ts";

type Nested = number | Nested[];

interface OracleCase {
  metric: string;
  attrs: {
    spacing?: number[];
    connectivity?: number;
    components?: number;
    largest?: number;
    dataRange?: number;
    window?: "gaussian" | "uniform";
    sigma?: number;
    radius?: number;
    size?: number;
    useSampleCovariance?: boolean;
    bins?: number;
  };
  inputs: Record<string, Nested[]>;
  value: Nested;
}

function shapeOf(nested: Nested): number[] {
  return Array.isArray(nested) ? [nested.length, ...shapeOf(nested[0]!)] : [];
}

function flat(nested: Nested): number[] {
  return Array.isArray(nested) ? nested.flatMap(flat) : [nested];
}

/** A measure of two masks: a = prediction, b = ground truth. */
function ofMasks(
  measure: (a: number[], b: number[], options: { shape: number[]; spacing?: number[] }) => number | null,
) {
  return ({ inputs, attrs }: OracleCase) => {
    const options = {
      shape: shapeOf(inputs["a"]!),
      ...(attrs.spacing === undefined ? {} : { spacing: attrs.spacing }),
    };
    return measure(flat(inputs["a"]!), flat(inputs["b"]!), options);
  };
}

function ofNumbers(measure: (target: number[], predicted: number[]) => number | null) {
  return ({ inputs }: OracleCase) => measure(flat(inputs["target"]!), flat(inputs["predicted"]!));
}

/** A measure of two sets of vectors, an image and its reference, or classes and the scores of each. */
function ofRows(measure: (a: number[][], b: number[][]) => number) {
  return ({ inputs }: OracleCase) => measure(inputs["a"] as number[][], inputs["b"] as number[][]);
}

function ofScores(measure: (target: number[], rows: number[][], options: { bins?: number }) => number | null) {
  return ({ inputs, attrs }: OracleCase) =>
    measure(flat(inputs["target"]!), inputs["probability"] as number[][], attrs.bins ? { bins: attrs.bins } : {});
}

const measures: Record<string, (oracle: OracleCase) => number | null | number[]> = {
  dice: ofMasks(dice),
  jaccard: ofMasks(iou),
  hausdorff: ofMasks(hausdorff),
  hausdorff95: ofMasks(hausdorff95),
  averageSurfaceDistance: ofMasks(averageSurfaceDistance),
  averageSymmetricSurfaceDistance: ofMasks(assd),
  mse: ofNumbers(mse),
  rmse: ofNumbers(rmse),
  mae: ofNumbers(mae),
  mape: ofNumbers(mape),
  medianRelativeError: ofNumbers(medianRelativeError),
  r2: ofNumbers(r2),
  pearson: ofNumbers(pearson),
  psnr: ({ inputs, attrs }) => psnr(flat(inputs["a"]!), flat(inputs["b"]!), { dataRange: attrs.dataRange! }),
  ssim({ inputs, attrs }) {
    const { dataRange, useSampleCovariance } = attrs;
    const window: SsimWindow =
      attrs.window === "gaussian"
        ? { kind: "gaussian", sigma: attrs.sigma!, radius: attrs.radius! }
        : { kind: "uniform", size: attrs.size! };
    const options = useSampleCovariance === undefined ? {} : { useSampleCovariance };
    const [a, b] = [flat(inputs["a"]!), flat(inputs["b"]!)];
    return ssim(a, b, { shape: shapeOf(inputs["a"]!), dataRange: dataRange!, window, ...options });
  },
  nmae: ({ inputs }) => nmae(flat(inputs["a"]!), flat(inputs["b"]!)),
  frechetDistance: ofRows(frechetDistance),
  kernelDistance: ofRows(kernelDistance),
  accuracy: ofNumbers(accuracy),
  balancedAccuracy: ofNumbers(balancedAccuracy),
  f1Macro: ofNumbers(f1Macro),
  kappaQuadratic: ofNumbers(kappaQuadratic),
  aucMacroOneVsRest: ofScores(aucMacroOneVsRest),
  expectedCalibrationError: ofScores(expectedCalibrationError),
  brier: ofScores(brier),
  confusion: ({ inputs }) => confusionMatrix(flat(inputs["target"]!), flat(inputs["predicted"]!)).flat(),
  largestComponent({ inputs, attrs }) {
    const mask = flat(inputs["mask"]!);
    const shape = shapeOf(inputs["mask"]!) as unknown as MaskShape;
    const { sizes } = labelComponents(mask, shape, attrs.connectivity!);
    expect(sizes.length).toBe(attrs.components);
    expect(Math.max(...sizes)).toBe(attrs.largest);
    return [...largestComponent(mask, shape, attrs.connectivity!)];
  },
};

const stored = fileURLToPath(new URL("../oracle/metrics.json", import.meta.url));
const other = process.env["ALIQUOT_METRICS_FILE"];
const { cases } = JSON.parse(readFileSync(other ?? stored, "utf8")) as {
  cases: OracleCase[];
};
const skipped = [...new Set(cases.map(({ metric }) => metric).filter((metric) => !(metric in measures)))];
if (skipped.length > 0) console.log(`metrics without an implementation, skipped: ${skipped.join(", ")}`);

describe("metrics agree with the reference libraries", () => {
  it.skipIf(other !== undefined)("every metric of the stored file is checked", () => expect(skipped).toEqual([]));

  cases.forEach((oracle, index) => {
    const { metric, attrs, inputs, value } = oracle;
    const measure = measures[metric];
    const shape = shapeOf(Object.values(inputs)[0]!).join("x");
    const name = `case ${index}: ${metric} on ${shape} ${attrs.spacing ? `spacing ${attrs.spacing.join("x")}` : ""}`;
    it.skipIf(measure === undefined)(name, () => {
      const got = measure!(oracle);
      if (typeof value === "number" && typeof got === "number") {
        // Double precision on both sides; only the order of summation differs.
        expect(Math.abs(got - value)).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(value)));
      } else {
        expect(got).toEqual(flat(value));
      }
    });
  });
});
