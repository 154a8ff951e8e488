import {
  type API,
  deleteGroupsV2,
  findCoordinatorV4,
  listGroupsV4,
  offsetCommitV8,
  offsetFetchV8,
} from "@platformatic/kafka";
import type { GroupOffset, StreamGroup } from "../core/kernel/streams.ts";
import type { Streams } from "../core/ports/streams.ts";
import { CODE, codeError, isDenied, passing } from "./kafka-errors.ts";
import type { KafkaLink } from "./kafka-link.ts";
import { offsetOf } from "./kafka-offsets.ts";
import { byTopic } from "./kafka-partitions.ts";
import { insist } from "./kafka-rounds.ts";
import { resultOf } from "./kafka-topics.ts";

const GROUP = 0;
/** Groups of one request: an answer lists every partition of each. */
const AT_ONCE = 100;
/** A commit from outside of a group. */
const NO_MEMBER = -1;

interface Listed {
  readonly groupId: string;
  readonly protocolType: string;
  readonly groupState: string;
}

const LIST_GROUPS = [listGroupsV4.api] as unknown as readonly API<
  [states: string[], types: string[]],
  { readonly errorCode: number; readonly groups: readonly Listed[] }
>[];

/** Who coordinates each group; those a rule hides or that nobody coordinates now end the call. */
export async function coordinators(
  link: KafkaLink,
  type: number,
  keys: readonly string[],
  need: (key: string) => string,
) {
  const by = new Map<number, string[]>();
  for (let at = 0; at < keys.length; at += AT_ONCE) {
    const { coordinators: told } = await link.ask("any", [findCoordinatorV4.api], type, keys.slice(at, at + AT_ONCE));
    for (const { key, nodeId, errorCode, errorMessage } of told) {
      if (errorCode !== CODE.none) throw codeError(link.name, errorCode, need(key), errorMessage);
      const known = by.get(nodeId);
      if (known) known.push(key);
      else by.set(nodeId, [key]);
    }
  }
  // A coordinator that came up after the last look has an id that nothing is known of.
  if ([...by.keys()].some((node) => link.known.broker(node) === undefined)) await link.refresh([]);
  return by;
}

/** Every group of the cluster: each broker knows those that it coordinates. */
async function listed(link: KafkaLink): Promise<Listed[]> {
  const { brokers } = await link.refresh([]);
  const answers = await Promise.all(
    brokers.map(async ({ nodeId }) => {
      const { errorCode, groups } = await link.ask(nodeId, LIST_GROUPS, [], []);
      if (errorCode !== CODE.none) throw codeError(link.name, errorCode, "DESCRIBE on cluster");
      return groups;
    }),
  );
  return [...new Map(answers.flat().map((group) => [group.groupId, group])).values()];
}

async function offsetsOf(link: KafkaLink, ids: readonly string[]): Promise<Map<string, GroupOffset[]>> {
  const need = (id: string) => `DESCRIBE on group ${id}`;
  const found = new Map<string, GroupOffset[]>();
  const by = await coordinators(link, GROUP, ids, need);
  await Promise.all(
    [...by].map(async ([broker, own]) => {
      for (let at = 0; at < own.length; at += AT_ONCE) {
        const asked = own
          .slice(at, at + AT_ONCE)
          .map((groupId) => ({ groupId, memberId: null, memberEpoch: -1, topics: null }));
        const { groups } = await link.ask(broker, [offsetFetchV8.api], asked, false);
        for (const { groupId, topics, errorCode } of groups) {
          // A share group keeps its positions elsewhere, and a group may be deleted after it was listed.
          if (errorCode !== CODE.none && errorCode !== CODE.groupNotFound)
            throw codeError(link.name, errorCode, need(groupId));
          const offsets: GroupOffset[] = [];
          for (const { name, partitions } of topics)
            for (const { partitionIndex, committedOffset, metadata, errorCode: code } of partitions) {
              if (code !== CODE.none && code !== CODE.unknownPartition)
                throw codeError(link.name, code, isDenied(code) ? `DESCRIBE on topic ${name}` : need(groupId));
              if (code === CODE.none && committedOffset >= 0n)
                offsets.push({
                  topic: name,
                  partition: partitionIndex,
                  offset: offsetOf(link, committedOffset),
                  ...(metadata ? { metadata } : {}),
                });
            }
          found.set(
            groupId,
            offsets.sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1)),
          );
        }
      }
    }),
  );
  return found;
}

export function kafkaGroups(link: KafkaLink): Pick<Streams, "groups" | "setGroupOffsets" | "deleteGroup"> {
  return {
    groups: (ids) =>
      insist(link, async () => {
        const wanted = ids === undefined ? undefined : new Set(ids);
        const all = (await listed(link)).filter(({ groupId }) => wanted?.has(groupId) ?? true);
        const offsets = await offsetsOf(
          link,
          all.map(({ groupId }) => groupId),
        );
        return all
          .map(
            ({ groupId, protocolType, groupState }): StreamGroup => ({
              id: groupId,
              state: groupState,
              protocolType,
              offsets: offsets.get(groupId) ?? [],
            }),
          )
          .sort((a, b) => (a.id < b.id ? -1 : 1));
      }),
    setGroupOffsets: (group, offsets) =>
      insist(link, async () => {
        if (offsets.length === 0) return { status: "done" };
        const [[broker] = [undefined]] = await coordinators(link, GROUP, [group], () => `READ on group ${group}`);
        if (broker === undefined) return { status: "refused", why: "nobody coordinates the group" };
        const topics = byTopic(offsets).map(([name, own]) => ({
          name,
          partitions: own.map(({ partition, offset, metadata }) => ({
            partitionIndex: partition,
            committedOffset: BigInt(offset),
            committedLeaderEpoch: -1,
            committedMetadata: metadata ?? "",
          })),
        }));
        const answer = await link.ask(broker, [offsetCommitV8.api], group, NO_MEMBER, "", null, topics);
        const codes = answer.topics.flatMap(({ name, partitions }) =>
          partitions.map(({ partitionIndex, errorCode }) => ({ name, partition: partitionIndex, code: errorCode })),
        );
        const worst =
          codes.find(({ code }) => isDenied(code)) ??
          codes.find(({ code }) => code !== CODE.none && !passing(code)) ??
          codes.find(({ code }) => code !== CODE.none);
        if (worst === undefined) return { status: "done" };
        const need = worst.code === CODE.topicDenied ? `READ on topic ${worst.name}` : `READ on group ${group}`;
        const result = resultOf(link, worst.code, need);
        return result.status === "refused"
          ? { status: "refused", why: `partition ${worst.partition} of ${worst.name}: ${result.why}` }
          : result;
      }),
    deleteGroup: (group) =>
      insist(link, async () => {
        const [[broker] = [undefined]] = await coordinators(link, GROUP, [group], () => `DELETE on group ${group}`);
        if (broker === undefined) return { status: "refused", why: "nobody coordinates the group" };
        const { results } = await link.ask(broker, [deleteGroupsV2.api], [group]);
        const code = results[0]?.errorCode ?? -1;
        return code === CODE.groupNotFound ? { status: "done" } : resultOf(link, code, `DELETE on group ${group}`);
      }),
  };
}
