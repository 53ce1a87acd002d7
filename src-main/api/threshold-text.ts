/** A threshold from which something holds, to three digits: rounded up, for below it nothing is proven. */
export function thresholdText(threshold: number): string {
  const rounded = Math.ceil(1000 * threshold) / 1000;
  return (rounded < threshold ? rounded + 0.001 : rounded).toFixed(3);
}
