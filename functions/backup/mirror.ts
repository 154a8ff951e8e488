import type { RecoverySettings } from "../../shared/core/backup/recovery/file.ts";
import { checkMm2Properties } from "../../shared/core/backup/recovery/mm2-check.ts";
import { checkMm2Connectors } from "../../shared/core/backup/recovery/mm2-connectors.ts";
import type { Mm2Findings } from "../../shared/core/backup/recovery/mm2-rules.ts";
import { type Mm2Clusters, mm2Properties } from "../../shared/core/backup/recovery/mm2-write.ts";
import { readProperties } from "../../shared/core/backup/recovery/properties.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { StreamsConfig } from "../../shared/core/kernel/streams-section.ts";
import { readYaml } from "../../shared/shell/yaml-document.ts";

const MAX_BYTES = 1_048_576;

type Replication = NonNullable<RecoverySettings["replication"]>;

/** @throws HeadgateError `input.invalid` where the file asks for no replication */
function replicationOf({ replication }: RecoverySettings): Replication {
  if (replication) return replication;
  throw new HeadgateError("input.invalid", "the file asks for no replication: kafka_replication is missing", {
    faults: [
      {
        path: "disaster_recovery.kafka_replication",
        message: "is missing",
        allowed: "tool, topics, replication_factor",
      },
    ],
  });
}

export interface MirrorAsk {
  /** Brokers of the two clusters; else those of the file, else those of `streams` with the regions' names. */
  readonly primaryBrokers?: readonly string[];
  readonly secondaryBrokers?: readonly string[];
  readonly streams?: StreamsConfig;
}

/**
 * The text of mm2.properties that a disaster-recovery file asks for.
 *
 * @throws HeadgateError `input.invalid` where it asks for none, or nobody says where a cluster is
 */
export function writeMirror(settings: RecoverySettings, ask: MirrorAsk = {}): string {
  const replication = replicationOf(settings);
  const { primaryRegion, secondaryRegion } = settings;
  const brokers = (asked: readonly string[] | undefined, known: readonly string[], alias: string, path: string) => {
    const found = asked?.length ? asked : known.length > 0 ? known : ask.streams?.[alias]?.kafka?.brokers;
    if (found?.length) return found;
    throw new HeadgateError("input.invalid", `nobody says where the cluster of ${alias} is`, {
      faults: [{ path, message: "is missing", allowed: `host:port,host:port, or a cluster ${alias} of streams` }],
    });
  };
  const clusters: Mm2Clusters = {
    primary: {
      alias: primaryRegion,
      brokers: brokers(ask.primaryBrokers, replication.primaryBrokers, primaryRegion, "primary_brokers"),
    },
    secondary: {
      alias: secondaryRegion,
      brokers: brokers(ask.secondaryBrokers, replication.secondaryBrokers, secondaryRegion, "secondary_brokers"),
    },
  };
  return mm2Properties(replication, clusters);
}

/**
 * Checks a configuration of MirrorMaker 2: a properties file of the dedicated mode, or connectors as JSON or YAML in any form that Kafka Connect takes or gives.
 *
 * @throws HeadgateError `input.invalid` where the disaster-recovery file asks for no replication, or the text is neither
 */
export function checkMirror(settings: RecoverySettings, text: string, file = "mm2.properties"): Mm2Findings {
  const asked = { from: settings.primaryRegion, to: settings.secondaryRegion, replication: replicationOf(settings) };
  if (!/^\s*[[{]/.test(text)) return inFile(file, checkMm2Properties(readProperties(text), asked));
  // The reader wants a map at the top: a list of connectors is put into one, on the same line.
  const list = /^\s*\[/.test(text);
  const document = readYaml(list ? `{"connectors":${text}}` : text, { file, maxBytes: MAX_BYTES });
  if (!document.ok)
    throw new HeadgateError("input.invalid", `${file} is neither a properties file nor JSON`, {
      faults: document.faults,
    });
  return inFile(
    file,
    checkMm2Connectors(document.value, asked, (path) => document.locate(path, true).line),
  );
}

const inFile = (file: string, { faults, warnings }: Mm2Findings): Mm2Findings => ({
  faults: faults.map((one) => ({ file, ...one })),
  warnings: warnings.map((one) => ({ file, ...one })),
});
