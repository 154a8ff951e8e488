import type { GroupOffset, StreamGroup, StreamsResult } from "../core/kernel/streams.ts";

interface Group {
  state: string;
  protocolType: string;
  /** By topic and partition. */
  readonly offsets: Map<string, GroupOffset>;
}

/** Consumer groups of a log in memory: positions and whether somebody is in them. */
export interface MemoryGroups {
  /** Those with offsets or members; with `ids` those that are there. */
  list(ids?: readonly string[]): readonly StreamGroup[];
  all(): readonly StreamGroup[];
  commit(group: string, offsets: readonly GroupOffset[], state?: string, protocolType?: string): void;
  set(group: string, offsets: readonly GroupOffset[]): StreamsResult;
  remove(group: string): StreamsResult;
  /** A topic is gone, and with it what was committed for it. */
  forget(topic: string): void;
  load(groups: readonly StreamGroup[]): void;
}

/** Kafka's `offset.metadata.max.bytes`. */
const METADATA_BYTES = 4096;

const hasMembers = ({ state }: Pick<Group, "state">): boolean => state !== "Empty" && state !== "Dead";
const byPlace = (a: GroupOffset, b: GroupOffset): number =>
  a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1;

/** @param exists whether a partition is there */
export function memoryGroups(exists: (topic: string, partition: number) => boolean): MemoryGroups {
  const groups = new Map<string, Group>();
  const told = (id: string, group: Group): StreamGroup => ({
    id,
    state: group.state,
    protocolType: group.protocolType,
    offsets: [...group.offsets.values()].sort(byPlace).map((one) => ({ ...one })),
  });
  const open = (id: string): Group => {
    let group = groups.get(id);
    if (!group) groups.set(id, (group = { state: "Empty", protocolType: "", offsets: new Map() }));
    return group;
  };
  const put = (group: Group, offsets: readonly GroupOffset[]): void => {
    for (const { topic, partition, offset, metadata } of offsets)
      group.offsets.set(`${topic}/${partition}`, {
        topic,
        partition,
        offset,
        ...(metadata === undefined || metadata === "" ? {} : { metadata }),
      });
  };

  const all = (): readonly StreamGroup[] =>
    [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, group]) => told(id, group));

  return {
    all,
    list: (ids) => all().filter((one) => (ids ? ids.includes(one.id) : hasMembers(one) || one.offsets.length > 0)),
    commit: (id, offsets, state = "Empty", protocolType = "consumer") => {
      const group = open(id);
      group.state = state;
      group.protocolType = protocolType;
      put(group, offsets);
    },
    set: (id, offsets) => {
      if (id === "") return { status: "refused", why: "the group has no name" };
      const known = groups.get(id);
      if (known && hasMembers(known))
        return { status: "refused", why: `group ${id} has members (state ${known.state}); stop them first` };
      for (const { topic, partition, offset, metadata } of offsets) {
        const where = `${topic}/${partition}`;
        if (!exists(topic, partition)) return { status: "refused", why: `${where} is not there` };
        if (!Number.isSafeInteger(offset) || offset < 0)
          return { status: "refused", why: `${offset} is no offset of ${where}` };
        if (metadata !== undefined && Buffer.byteLength(metadata) > METADATA_BYTES)
          return { status: "refused", why: `the metadata of ${where} has more than ${METADATA_BYTES} bytes` };
      }
      if (offsets.length > 0) put(open(id), offsets);
      return { status: "done" };
    },
    remove: (id) => {
      const known = groups.get(id);
      if (known && hasMembers(known))
        return { status: "refused", why: `group ${id} has members (state ${known.state}); stop them first` };
      groups.delete(id);
      return { status: "done" };
    },
    forget: (topic) => {
      for (const [id, group] of groups) {
        for (const [place, one] of group.offsets) if (one.topic === topic) group.offsets.delete(place);
        if (group.offsets.size === 0 && !hasMembers(group)) groups.delete(id);
      }
    },
    load: (given) => {
      groups.clear();
      for (const one of given) {
        const group: Group = { state: one.state, protocolType: one.protocolType, offsets: new Map() };
        groups.set(one.id, group);
        put(group, one.offsets);
      }
    },
  };
}
