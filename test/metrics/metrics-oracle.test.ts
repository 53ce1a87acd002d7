/**
 * @file Every metric against values of SciPy, scikit-image and scikit-learn, stored in test/oracle/metrics.json.
 * ALIQUOT_METRICS_FILE names another file of the same form. Metrics that we do not have are listed and skipped.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  assd,
  averageSurfaceDistance,
  dice,
  hausdorff,
  hausdorff95,
  iou,
  mae,
  mape,
  medianRelativeError,
  mse,
  pearson,
  r2,
  rmse,
} from "../../src-main/metrics/index.ts";
import { labelComponents, largestComponent, type MaskShape } from "../../src-main/voxels/index.ts";

type Nested = number | Nested[];

interface OracleCase {
  metric: string;
  attrs: { spacing?: number[]; connectivity?: number; components?: number; largest?: number };
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
const { cases } = JSON.parse(readFileSync(process.env["ALIQUOT_METRICS_FILE"] ?? stored, "utf8")) as {
  cases: OracleCase[];
};
const skipped = [...new Set(cases.map(({ metric }) => metric).filter((metric) => !(metric in measures)))];
if (skipped.length > 0) console.log(`metrics without an implementation, skipped: ${skipped.join(", ")}`);

describe("metrics agree with the reference libraries", () => {
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
