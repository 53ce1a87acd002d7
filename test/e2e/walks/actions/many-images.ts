/** @file What other screens do to many images at once: the data screen takes a class off, the review accepts proposals. */
import { CLASSES, type Walker } from "../walker.ts";

export async function takeClassOff(walker: Walker): Promise<void> {
  const { hand, histories } = walker;
  const value = 1 + walker.random.integer(CLASSES.length);
  const shown = walker.images.flatMap((_, image) => (histories.labels(image).includes(value) ? [image] : []));
  if (walker.isLocked(value) || shown.length === 0) return;
  walker.note(`takes class ${value} off ${shown.length} images`);
  await hand.saved();
  await walker.go("Data");
  await walker.click('[role="tab"]', "Classes");
  await walker.click("button", `Take ${CLASSES[value - 1]} off all images`);
  await hand.page.getByText(`${CLASSES[value - 1]} was taken off`).waitFor();
  histories.edit(
    shown.map((image) => ({
      image,
      labels: histories.labels(image).map((each) => (each === value ? 0 : each)),
    })),
  );
  await walker.go("Annotate");
  await walker.comeBack();
}

/** All proposals above a quality at once, or the worst one. */
export async function acceptProposals(walker: Walker): Promise<void> {
  const { hand, histories, images, random } = walker;
  const pending = [...histories.pending].sort((a, b) => images[a]!.proposal.quality - images[b]!.proposal.quality);
  if (pending.length === 0) return;
  await hand.saved();
  await walker.go("Review");
  const isBulk = random.uniform() < 0.7;
  const accepted = isBulk ? pending.filter((image) => images[image]!.proposal.quality >= 0.6) : [pending[0]!];
  walker.note(`accepts the proposals of images ${accepted.map((image) => image + 1).join(", ")}`);
  if (isBulk) {
    // Nothing shows that they are good: the screen does not offer it, the command line does.
    await hand.page.evaluate(async () => {
      const body = JSON.stringify({ quality: 0.6, withoutEvidence: true });
      const headers = { "Content-Type": "application/json" };
      const answer = await fetch("/api/proposals/accept-above", { method: "POST", headers, body });
      if (!answer.ok) throw new Error(await answer.text());
    });
  } else {
    await hand.page.locator(`[data-testid="canvas"][data-frame-id="${images[pending[0]!]!.frameId}"]`).waitFor();
    await walker.press({ key: "a", code: "KeyA" });
  }
  await walker.until(() =>
    hand.page.evaluate(async (left) => {
      const waiting = (await (await fetch("/api/proposals?state=pending")).json()) as unknown[];
      return waiting.length === left;
    }, pending.length - accepted.length),
  );
  histories.edit(
    accepted.map((image) => ({ image, labels: images[image]!.proposal.labels, proposal: images[image]!.frameId })),
  );
  await walker.go("Annotate");
  await walker.comeBack();
}
