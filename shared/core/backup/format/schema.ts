import * as v from "valibot";

const text = v.string();
const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "64 hex digits"));
const Ref = v.looseObject({ key: text, size: whole, sha256: hash });
const Gap = v.looseObject({ kind: text, why: text });

/** `manifest.json` of any program that writes version 1. Members that are not known stay where they are. */
export const ManifestSchema = v.looseObject({
  format: v.literal("headgate-backup"),
  version: v.literal(1),
  id: text,
  plan: text,
  kind: v.picklist(["full", "incremental"]),
  by: text,
  startedAt: v.number(),
  cutAt: v.number(),
  finishedAt: v.number(),
  needs: v.array(v.looseObject({ id: text, sha256: hash })),
  parts: v.array(v.looseObject({ ...Ref.entries, kind: text })),
  objects: v.array(Ref),
  destinations: v.array(text),
  totals: v.looseObject({
    topics: whole,
    partitions: whole,
    groups: whole,
    records: whole,
    newRecords: whole,
    newBytes: whole,
    storedBytes: whole,
    droppedRecords: whole,
  }),
  gaps: v.array(Gap),
  warnings: v.array(text),
});

const Chunk = v.looseObject({
  object: whole,
  at: whole,
  size: whole,
  raw: whole,
  first: whole,
  last: whole,
  records: whole,
  minTimestamp: v.number(),
  maxTimestamp: v.number(),
  sha256: hash,
});

const Partition = v.looseObject({
  partition: whole,
  logStart: whole,
  end: whole,
  highWatermark: whole,
  first: v.optional(whole),
  last: v.optional(whole),
  records: whole,
  sha256: hash,
  chunks: v.array(Chunk),
  base: v.optional(text),
});

/** `kafka.json`, likewise. */
export const KafkaPartSchema = v.looseObject({
  topics: v.array(
    v.looseObject({
      name: text,
      id: text,
      replicationFactor: whole,
      configs: v.array(v.looseObject({ name: text, value: text })),
      partitions: v.array(Partition),
    }),
  ),
  groups: v.array(
    v.looseObject({ id: text, offsets: v.array(v.looseObject({ topic: text, partition: whole, offset: whole })) }),
  ),
  acls: v.array(v.looseObject({})),
  quotas: v.array(v.looseObject({})),
});
