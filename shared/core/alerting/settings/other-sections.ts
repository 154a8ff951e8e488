import { goQuoted } from "../../kernel/go-quote.ts";
import { headers, httpConfig, tlsConfig } from "./http-config.ts";
import { bool, checked, duration, float, int, secretUrl, string } from "./scalars.ts";
import { kept, list, optional, pointer, struct } from "./structures.ts";

const clientType = checked((text) =>
  text === "http" || text === "grpc"
    ? undefined
    : `expected tracing client type to be to be http or grpc, but got ${text}`,
);

/** `tracing`: checked, and not acted on here. Source: tracing/config.go. */
export const tracing = struct(
  {
    client_type: optional(clientType, "grpc"),
    endpoint: optional(string),
    sampling_fraction: optional(float),
    insecure: optional(bool),
    tls_config: optional(pointer(tlsConfig)),
    headers: optional(headers),
    compression: optional(string),
    timeout: optional(duration),
  },
  {
    check: ({ endpoint, compression }) => {
      if (endpoint === "") return "tracing endpoint must be set";
      return compression === "" || compression === "gzip"
        ? undefined
        : `invalid compression type ${compression} provided, valid options: gzip`;
    },
  },
);

const fileOutput = struct(
  { path: kept(string) },
  { check: ({ path }) => (path === "" ? "event_recorder file output requires a path" : undefined) },
);

const webhookOutput = struct(
  {
    url: kept(secretUrl),
    http_config: optional(pointer(httpConfig)),
    timeout: optional(duration),
    workers: optional(int),
    max_retries: optional(int),
    retry_backoff: optional(duration),
    batch: optional(bool),
    batch_max_events: optional(int),
    batch_max_bytes: optional(int),
    batch_flush_interval: optional(duration),
  },
  {
    check: (output) => {
      if (output.url === null) return "event_recorder webhook output requires a url";
      if (output.url.text === "") return "event_recorder webhook output requires an absolute http(s) url";
      if (output.batch_max_events < 0 || output.batch_max_bytes < 0)
        return "event_recorder webhook batch settings cannot be negative";
      const batched = [output.batch_max_events, output.batch_max_bytes, output.batch_flush_interval];
      return !output.batch && batched.some((setting) => setting !== 0)
        ? "event_recorder webhook batch settings require batch: true"
        : undefined;
    },
  },
);

const kafkaOutput = struct(
  {
    brokers: kept(list(string)),
    topic: kept(string),
    client_id: optional(string),
    format: optional(string),
    acks: optional(string),
    compression: optional(string),
    buffer_size: optional(int),
    tls_config: optional(pointer(tlsConfig)),
  },
  {
    check: ({ brokers, topic, format, acks, compression }) => {
      const told = (what: string): string => `event_recorder kafka: ${what}`;
      if ((brokers ?? []).length === 0) return told("at least one broker is required");
      if (brokers?.includes("")) return told("broker entries must be non-empty");
      if (!["", "none", "leader", "all"].includes(acks))
        return told(`unknown acks ${goQuoted(acks)}, must be "none", "leader", or "all"`);
      if (!["", "none", "gzip", "snappy", "lz4", "zstd"].includes(compression))
        return told(`unknown compression ${goQuoted(compression)}`);
      if (topic === "") return "event_recorder kafka output requires a topic";
      return ["", "json", "protobuf"].includes(format)
        ? undefined
        : told(`unknown format ${goQuoted(format)}, must be "json" or "protobuf"`);
    },
    complete: (output) => ({ ...output, format: output.format || "json" }),
  },
);

/** `event_recorder`: checked, and not acted on here; Headgate keeps its own history. Source: eventrecorder/. */
export const eventRecorder = struct({
  file_outputs: optional(list(fileOutput)),
  webhook_outputs: optional(list(webhookOutput)),
  kafka_outputs: optional(list(kafkaOutput)),
  stdout_outputs: optional(list(struct({}))),
});
