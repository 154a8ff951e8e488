import { addPartitionsToTxnV3, endTxnV3, initProducerIdV4 } from "@platformatic/kafka";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { TopicPartition } from "../core/kernel/streams.ts";
import { CODE, codeError, isDenied, passing } from "./kafka-errors.ts";
import { coordinators } from "./kafka-groups.ts";
import type { KafkaLink } from "./kafka-link.ts";
import { byTopic, partitionKey } from "./kafka-partitions.ts";
import { insist, patience } from "./kafka-rounds.ts";

const TRANSACTION = 1;
const TIMEOUT_MS = 60_000;
/** Transactions side by side: each takes some turns to and fro, and their coordinators are several. */
const SIDE_BY_SIDE = 16;

interface Skip extends TopicPartition {
  readonly count: number;
}

interface Producer {
  readonly id: string;
  readonly need: string;
  readonly broker: number;
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/**
 * Begins and ends transactions without data: each leaves a marker in each of its partitions. How many each partition will get, also where
 * something went wrong on the way; says in `refused` where it is not allowed.
 */
export async function skipByTransactions(
  link: KafkaLink,
  parts: readonly Skip[],
  refused: Map<string, string>,
): Promise<ReadonlyMap<string, number>> {
  const most = Math.max(...parts.map(({ count }) => count));
  const written = new Map<string, number>();
  let next = 0;
  const work = async (worker: number) => {
    let members: readonly Skip[] = parts;
    try {
      const producer = await begin(link, `headgate-skip-${worker}`);
      for (;;) {
        const turn = next++;
        members = parts.filter((part) => part.count > turn && !refused.has(partitionKey(part)));
        if (members.length === 0) return;
        await addTo(link, producer, members);
        // Whatever comes of its end, the transaction has a marker now: of a commit, or of the abort when it times out.
        for (const member of members) written.set(partitionKey(member), (written.get(partitionKey(member)) ?? 0) + 1);
        await end(link, producer);
      }
    } catch (error) {
      if (!(error instanceof HeadgateError)) throw error;
      // What passes leaves fewer markers than were asked for, which the caller sees.
      if (error.retryable) return;
      for (const member of members) refused.set(partitionKey(member), error.message);
    }
  };
  await Promise.all(Array.from({ length: Math.min(SIDE_BY_SIDE, most) }, (_, worker) => work(worker)));
  return written;
}

/** A producer of this name; what another of it left open is aborted. */
function begin(link: KafkaLink, id: string): Promise<Producer> {
  const need = `WRITE on transactional id ${id}`;
  return insist(link, async () => {
    const [[broker] = [undefined]] = await coordinators(link, TRANSACTION, [id], () => need);
    if (broker === undefined) throw codeError(link.name, CODE.coordinatorGone, need);
    const { errorCode, producerId, producerEpoch } = await link.ask(
      broker,
      [initProducerIdV4.api],
      id,
      TIMEOUT_MS,
      -1n,
      -1,
    );
    if (errorCode !== CODE.none) throw codeError(link.name, errorCode, need);
    return { id, need, broker, producerId, producerEpoch };
  });
}

/** The transaction before it may not have ended everywhere: until then nothing is added, and it is tried again. */
async function addTo(link: KafkaLink, producer: Producer, members: readonly Skip[]): Promise<void> {
  const { id: transactionalId, producerId, producerEpoch, need } = producer;
  const topics = byTopic(members).map(([name, own]) => ({ name, partitions: own.map(({ partition }) => partition) }));
  const again = patience(link.patienceMs);
  for (;;) {
    const answer = await link.ask(
      producer.broker,
      [addPartitionsToTxnV3.api],
      [{ transactionalId, producerId, producerEpoch, verifyOnly: false, topics }],
    );
    const codes = answer.resultsByTransaction.flatMap(({ topicResults }) =>
      topicResults.flatMap(({ name, resultsByPartition }) =>
        resultsByPartition.map(({ partitionErrorCode }) => ({ name, code: partitionErrorCode })),
      ),
    );
    const worst = codes.find(({ code }) => isDenied(code)) ?? codes.find(({ code }) => code !== CODE.none);
    if (worst === undefined) return;
    if (!passing(worst.code) || !(await again()))
      throw codeError(link.name, worst.code, worst.code === CODE.topicDenied ? `WRITE on topic ${worst.name}` : need);
  }
}

/** Asked for again as often as need be: a transaction that has ended ends in the same way. */
async function end(link: KafkaLink, { id, broker, producerId, producerEpoch, need }: Producer): Promise<void> {
  await insist(link, async () => {
    const { errorCode } = await link.ask(broker, [endTxnV3.api], id, producerId, producerEpoch, true);
    if (errorCode !== CODE.none) throw codeError(link.name, errorCode, need);
  });
}
