/** @file One U-Net training step on the CPU, beside PyTorch where the machine has it. */
import { spawn, spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { createInterface } from "node:readline";
import { ParameterStore } from "../../engine/runtime/index.ts";
import { unet } from "../../networks/index.ts";
import { Random } from "../../random/index.ts";
import { adamW, binaryCrossEntropyWithLogits, trainStep } from "../../training/index.ts";

export interface Row {
  suite: string;
  workload: string;
  unit: string;
  ours: number;
  /** null where the peer is not installed. */
  peer: number | null;
  peerName: string;
  /** ours / peer: below 1 we are better. */
  ratio: number | null;
  runs: number;
  machine: string;
}

const [BATCH, SIZE, WIDTH, DEPTH] = [8, 128, 16, 5];
const ROUNDS = 5;
const STEPS_PER_ROUND = 5;
const THREADS = 2;

/**
 * The peer: the same network, loss and optimizer. For every line it reads it runs a round and prints the milliseconds of each
 * step and its peak memory in MiB.
 */
const PYTORCH = `
import resource, sys, time
import torch, torch.nn as nn, torch.nn.functional as F
torch.set_num_threads(${THREADS})
def block(i, o):
    half = lambda a: [nn.Conv2d(a, o, 3, padding=1, bias=False), nn.InstanceNorm2d(o, affine=True), nn.LeakyReLU(0.01, True)]
    return nn.Sequential(*half(i), *half(o))
class Unet(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.down = nn.ModuleList([block(1 if l == 0 else width << (l - 1), width << l) for l in range(depth)])
        self.up = nn.ModuleList([block((width << l) + (width << (l + 1)), width << l) for l in range(depth - 1)])
        self.head = nn.Conv2d(width, 1, 1)
    def forward(self, x):
        skips = []
        for l, b in enumerate(self.down):
            x = b(F.max_pool2d(x, 2) if l else x); skips.append(x)
        for l in reversed(range(len(self.up))):
            x = self.up[l](torch.cat([skips[l], F.interpolate(x, scale_factor=2)], 1))
        return self.head(x)
net = Unet(${WIDTH}, ${DEPTH}); opt = torch.optim.AdamW(net.parameters(), 1e-3)
image = torch.randn(${BATCH}, 1, ${SIZE}, ${SIZE}); target = (image > 0).float()
def step():
    start = time.perf_counter(); opt.zero_grad()
    F.binary_cross_entropy_with_logits(net(image), target).backward(); opt.step()
    return (time.perf_counter() - start) * 1e3
for _ in range(3): step()
print("ready", torch.__version__, flush=True)
for _ in sys.stdin:
    times = [step() for _ in range(${STEPS_PER_ROUND})]
    print(*times, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, flush=True)
`;

/** Milliseconds of each step, and the peak memory in MiB. */
interface Round {
  times: number[];
  memory: number;
}

interface Peer {
  name: string;
  round(): Promise<Round>;
  stop(): void;
}

/** The first Python that has PyTorch: `ALIQUOT_TORCH_PYTHON`, else the usual names. null: none has. */
async function startPeer(): Promise<Peer | null> {
  const named = process.env["ALIQUOT_TORCH_PYTHON"];
  for (const python of named ? [named] : ["python3", "/usr/bin/python3"]) {
    if (spawnSync(python, ["-c", "import torch"]).status !== 0) continue;
    const child = spawn(python, ["-c", PYTORCH], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const nextLine = async () => {
      const { value, done } = await lines.next();
      if (done) throw new Error("bench: the PyTorch process ended early; its message stands above.");
      return value.split(" ");
    };
    const [, version] = await nextLine();
    return {
      name: `PyTorch ${version} CPU`,
      round: async () => {
        child.stdin.write("go\n");
        const numbers = (await nextLine()).map(Number);
        return { times: numbers.slice(0, -1), memory: numbers.at(-1)! };
      },
      stop: () => child.stdin.end(),
    };
  }
  return null;
}

async function startOurs(): Promise<{ round(): Promise<Round>; stop(): Promise<void> }> {
  const shape = [BATCH, 1, SIZE, SIZE] as const;
  const step = trainStep({
    networks: ["network"],
    trained: "network",
    inputs: { image: { shape }, target: { shape } },
    loss: ({ network }, { image, target }) => ({
      total: binaryCrossEntropyWithLogits(unet(network, image, { classes: 1, width: WIDTH, depth: DEPTH }), target),
    }),
    optimizer: adamW(),
  });
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(1, name), threads: THREADS });
  const compiled = await store.compile(step);
  const random = new Random(2);
  const image = Float32Array.from({ length: BATCH * SIZE * SIZE }, () => random.normal());
  const feeds = { image, target: image.map((value) => (value > 0 ? 1 : 0)), learningRate: 1e-3 };
  const time = async () => {
    const start = performance.now();
    await compiled.run(feeds);
    return performance.now() - start;
  };
  for (let warmUp = 0; warmUp < 3; warmUp++) await time();
  return {
    round: async () => {
      const times: number[] = [];
      for (let run = 0; run < STEPS_PER_ROUND; run++) times.push(await time());
      return { times, memory: process.resourceUsage().maxRSS / 1024 };
    },
    stop: () => store.release(),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

/** Time and peak memory of one step. Ours and the peer take turns, so that a busy moment hits both; medians of all steps. */
export async function benchUnetStep(): Promise<Row[]> {
  const ours = await startOurs();
  const peer = await startPeer();
  const rounds: { ours: Round; peer: Round | null }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push({ ours: await ours.round(), peer: peer ? await peer.round() : null });
  }
  await ours.stop();
  peer?.stop();

  const row = (workload: string, unit: string, mine: number, theirs: number | null): Row => ({
    suite: "engine",
    workload: `${workload}, ${BATCH}x1x${SIZE}x${SIZE}, width ${WIDTH}, depth ${DEPTH}, ${THREADS} threads`,
    unit,
    ours: mine,
    peer: theirs,
    peerName: peer?.name ?? "PyTorch (not installed)",
    ratio: theirs === null ? null : mine / theirs,
    runs: ROUNDS * STEPS_PER_ROUND,
    machine: `${cpus()[0]?.model.trim() ?? "unknown"}, ${cpus().length} logical cores, ${process.platform}-${process.arch}`,
  });
  const peerRounds = rounds.flatMap((round) => (round.peer ? [round.peer] : []));
  const hasPeer = peerRounds.length > 0;
  return [
    row(
      "U-Net train step",
      "ms",
      median(rounds.flatMap((round) => round.ours.times)),
      hasPeer ? median(peerRounds.flatMap((round) => round.times)) : null,
    ),
    row(
      "U-Net train step, peak memory of the process",
      "MiB",
      Math.max(...rounds.map((round) => round.ours.memory)),
      hasPeer ? Math.max(...peerRounds.map((round) => round.memory)) : null,
    ),
  ];
}
