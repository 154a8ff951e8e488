import { createServer, type Socket } from "node:net";
import { Writer } from "@platformatic/kafka";

/** One request as it arrived. */
export interface BrokerAsk {
  readonly key: number;
  readonly version: number;
  readonly body: Buffer;
}

/** What comes back: an answer, nothing at all, or the end of the connection. */
export type BrokerReply = Writer | "silence" | "cut";

export interface FakeBroker {
  readonly port: number;
  /** Keys of the requests so far, ApiVersions left out. */
  readonly asked: number[];
  close(): Promise<void>;
}

const API_VERSIONS = 18;
/** Versions that every key is offered in. */
export const OFFERED: Readonly<Record<number, readonly [number, number]>> = {
  0: [9, 11],
  1: [12, 12],
  2: [5, 7],
  3: [10, 12],
  18: [0, 3],
  22: [4, 4],
  27: [1, 1],
  35: [1, 4],
};

/** A broker that speaks the protocol and answers as it is told, to see what a client makes of it. */
export async function fakeBroker(
  answer: (ask: BrokerAsk) => BrokerReply,
  offered: typeof OFFERED = OFFERED,
): Promise<FakeBroker> {
  const sockets = new Set<Socket>();
  const asked: number[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    let pending: Buffer = Buffer.alloc(0);
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
        const message = pending.subarray(4, 4 + pending.readInt32BE(0));
        pending = pending.subarray(4 + message.length);
        const [key, version, id] = [message.readInt16BE(0), message.readInt16BE(2), message.readInt32BE(4)];
        const named = Math.max(0, message.readInt16BE(8));
        // Client id, and no tagged fields.
        const body = message.subarray(10 + named + 1);
        if (key !== API_VERSIONS) asked.push(key);
        const reply = key === API_VERSIONS ? versions(offered) : answer({ key, version, body });
        if (reply === "cut") socket.destroy();
        else if (reply !== "silence") {
          const head = Writer.create().appendInt32(id);
          if (key !== API_VERSIONS) head.appendTaggedFields();
          socket.write(head.appendFrom(reply).prependLength().buffer);
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    asked,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function versions(offered: typeof OFFERED): Writer {
  return Writer.create()
    .appendInt16(0)
    .appendArray(Object.entries(offered), (to, [key, [from, until]]) => {
      to.appendInt16(Number(key)).appendInt16(from).appendInt16(until);
    })
    .appendInt32(0)
    .appendTaggedFields();
}

/** Of every topic here. */
export const TOPIC_ID = "01234567-89ab-cdef-0123-456789abcdef";

/** Metadata of one broker that leads all of these. */
export function metadataAnswer(port: number, topics: Readonly<Record<string, number>>): Writer {
  return Writer.create()
    .appendInt32(0)
    .appendArray([port], (to) => {
      to.appendInt32(1).appendString("127.0.0.1").appendInt32(port).appendString(null);
    })
    .appendString("fake")
    .appendInt32(1)
    .appendArray(Object.entries(topics), (to, [name, partitions]) => {
      to.appendInt16(partitions < 0 ? -partitions : 0)
        .appendString(name)
        .appendUUID(TOPIC_ID)
        .appendBoolean(false)
        .appendArray(
          Array.from({ length: Math.max(0, partitions) }, (_, index) => index),
          (one, index) => {
            one
              .appendInt16(0)
              .appendInt32(index)
              .appendInt32(1)
              .appendInt32(0)
              .appendArray([1], (at, id) => at.appendInt32(id), true, false)
              .appendArray([1], (at, id) => at.appendInt32(id), true, false)
              .appendArray([], () => undefined, true, false);
          },
        )
        .appendInt32(0);
    })
    .appendTaggedFields();
}

export interface FetchedFake {
  readonly partition: number;
  readonly code?: number;
  readonly records?: Uint8Array;
  readonly stable?: number;
}

/** A Fetch answer for one topic, by name or, of {@link TOPIC_ID}, by id. Each partition carries a tagged field that no client knows. */
export function fetchAnswer(topic: string | undefined, partitions: readonly FetchedFake[], throttleMs = 0): Writer {
  return Writer.create()
    .appendInt32(throttleMs)
    .appendInt16(0)
    .appendInt32(0)
    .appendArray(topic === undefined ? [] : [topic], (to, name) => {
      if (name === TOPIC_ID) to.appendUUID(name);
      else to.appendString(name);
      to.appendArray(
        [...partitions],
        (one, { partition, code = 0, records = new Uint8Array(0), stable = 10 }) => {
          one
            .appendInt32(partition)
            .appendInt16(code)
            .appendInt64(BigInt(stable + 1))
            .appendInt64(BigInt(stable))
            .appendInt64(0n)
            .appendArray([7n], (at, producer) => at.appendInt64(producer).appendInt64(3n))
            .appendInt32(-1)
            .appendUnsignedVarInt(records.length + 1);
          if (records.length > 0) one.append(Buffer.from(records));
          one.appendUnsignedVarInt(1).appendUnsignedVarInt(9).appendUnsignedVarInt(2).append(Buffer.from("??"));
        },
        true,
        false,
      );
    })
    .appendTaggedFields();
}
