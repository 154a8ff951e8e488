/** Memory that Fargate has for a number of CPU units: from, to and step in MiB (Amazon ECS, "Task size", 2026). */
const SIZES: readonly (readonly [cpu: number, from: number, to: number, step: number])[] = [
  [256, 512, 512, 512],
  [256, 1024, 2048, 1024],
  [512, 1024, 4096, 1024],
  [1024, 2048, 8192, 1024],
  [2048, 4096, 16_384, 1024],
  [4096, 8192, 30_720, 1024],
  [8192, 16_384, 61_440, 4096],
  [16_384, 32_768, 122_880, 8192],
];

/** CPU units of a core. */
export const UNITS_PER_CPU = 1024;

export interface TaskSize {
  readonly cpuUnits: number;
  readonly memoryMb: number;
  /** What is more than was asked for, a sentence; absent: exactly that exists. */
  readonly rounded?: string;
}

/**
 * The smallest size that Fargate has and that both fit into: the fewest CPU units first, as they cost most.
 *
 * @returns undefined where none is large enough
 */
export function fargateSize(cpuUnits: number, memoryMb: number): TaskSize | undefined {
  for (const [cpu, from, to, step] of SIZES) {
    if (cpu < cpuUnits || to < memoryMb) continue;
    const memory = memoryMb <= from ? from : from + Math.ceil((memoryMb - from) / step) * step;
    const same = cpu === cpuUnits && memory === memoryMb;
    const rounded = `Fargate has no size of ${cpuUnits} CPU units and ${memoryMb} MiB: it gets ${cpu} and ${memory}`;
    return { cpuUnits: cpu, memoryMb: memory, ...(same ? {} : { rounded }) };
  }
  return undefined;
}
