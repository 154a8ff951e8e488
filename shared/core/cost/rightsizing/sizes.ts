/** What one task is given. */
export interface TaskSize {
  /** vCPUs. */
  readonly cpu: number;
  readonly memoryMb: number;
}

const range = (from: number, to: number, step: number): readonly number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);

const GB = 1024;
/** Pairs that Fargate takes (docs.aws.amazon.com/AmazonECS, "Task CPU and memory", 2025-11): vCPU, and which memory each may have. */
const PAIRS: readonly (readonly [number, readonly number[]])[] = [
  [0.25, [512, GB, 2 * GB]],
  [0.5, range(GB, 4 * GB, GB)],
  [1, range(2 * GB, 8 * GB, GB)],
  [2, range(4 * GB, 16 * GB, GB)],
  [4, range(8 * GB, 30 * GB, GB)],
  [8, range(16 * GB, 60 * GB, 4 * GB)],
  [16, range(32 * GB, 120 * GB, 8 * GB)],
];
const FARGATE: readonly TaskSize[] = PAIRS.flatMap(([cpu, all]) => all.map((memoryMb) => ({ cpu, memoryMb })));

/** Of two sizes that are both enough, which is the smaller one: by what Fargate asks for a vCPU and a GB, about nine to one. */
export const weight = ({ cpu, memoryMb }: TaskSize): number => cpu * 9 + memoryMb / GB;

/** The smallest size that Fargate takes and that has at least this; undefined: none is large enough. */
export function fargateSize(needed: TaskSize): TaskSize | undefined {
  return FARGATE.filter(({ cpu, memoryMb }) => cpu >= needed.cpu && memoryMb >= needed.memoryMb).reduce<
    TaskSize | undefined
  >((least, one) => (least === undefined || weight(one) < weight(least) ? one : least), undefined);
}

/** The smallest size of an own host: quarters of a vCPU, quarters of a GB. */
export const ownSize = ({ cpu, memoryMb }: TaskSize): TaskSize => ({
  cpu: Math.max(0.25, Math.ceil(cpu * 4) / 4),
  memoryMb: Math.max(256, Math.ceil(memoryMb / 256) * 256),
});
