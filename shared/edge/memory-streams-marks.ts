import { type ControlKind, controlBatch } from "../core/backup/batch/control.ts";
import type { Offset } from "../core/kernel/streams.ts";
import type { PartitionLog } from "./memory-streams-partition.ts";
import { appendBatch, type World } from "./memory-streams-world.ts";

interface Producer {
  readonly id: number;
  readonly epoch: number;
}

const markBytes = (world: World, type: ControlKind, { id, epoch }: Producer): Uint8Array =>
  controlBatch({
    type,
    producerId: id,
    producerEpoch: epoch,
    offset: 0,
    timestamp: world.now(),
    leaderEpoch: 0,
  });

function put(world: World, log: PartitionLog, bytes: Uint8Array, { id }: Producer): Offset {
  return appendBatch(world, log, bytes, { offsets: 1, maxTimestamp: world.now(), producerId: id, fate: "marker" });
}

/** The mark that ends a producer's transaction in a partition. Answers its offset. */
export const mark = (world: World, log: PartitionLog, type: ControlKind, producer: Producer): Offset =>
  put(world, log, markBytes(world, type, producer), producer);

/** Who moves ends forward: no record of it is ever seen. */
const SKIPPER: Producer = { id: 999, epoch: 0 };

/** Empty transactions: as many marks as offsets. They share their bytes. */
export function skipIn(world: World, log: PartitionLog, count: number): void {
  const bytes = markBytes(world, "commit", SKIPPER);
  for (let left = count; left > 0; left--) put(world, log, bytes, SKIPPER);
}
