import { floatText } from "../../kernel/float.ts";
import { type Labels, METRIC_NAME } from "../../kernel/labels.ts";
import type { Millis } from "../../kernel/time.ts";
import type { ExpositionFormat } from "./scan.ts";

export type MetricType = "counter" | "gauge" | "histogram" | "summary" | "info" | "unknown";

/** What a bucket's count is illustrated by; OpenMetrics only. */
export interface WrittenExemplar {
  /** At most 128 characters in all, names included. */
  readonly labels: Labels;
  readonly value: number;
  readonly at?: Millis;
}

export interface WrittenSample {
  /** Added to the family's name: "", "_bucket", "_sum", "_count"; counters get their "_total" by themselves. */
  readonly suffix?: "" | "_bucket" | "_sum" | "_count" | "_created";
  readonly labels: Labels;
  readonly value: number;
  readonly at?: Millis;
  readonly exemplar?: WrittenExemplar;
}

/** A metric with all its samples. */
export interface WrittenFamily {
  /** Without "_total", "_info". */
  readonly name: string;
  readonly type: MetricType;
  readonly help?: string;
  /** The last part of the name; OpenMetrics only. */
  readonly unit?: string;
  readonly samples: readonly WrittenSample[];
}

const MEDIA: Readonly<Record<ExpositionFormat, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** The Content-Type of what {@link writeExposition} writes. */
export const contentType = (format: ExpositionFormat): string => MEDIA[format];

/** What somebody who asks with this Accept header gets: OpenMetrics where it is named before text or with a higher weight. */
export function negotiate(accept: string | undefined): ExpositionFormat {
  let best = { format: "text" as ExpositionFormat, weight: 0 };
  for (const offer of (accept ?? "").split(",")) {
    const [media = "", ...parameters] = offer.split(";").map((part) => part.trim().toLowerCase());
    const format =
      media === "application/openmetrics-text" ? "openmetrics" : media === "text/plain" ? "text" : undefined;
    const written = parameters.find((one) => one.startsWith("q="));
    const weight = written === undefined ? 1 : Number(written.slice(2));
    if (format && weight > best.weight) best = { format, weight };
  }
  return best.format;
}

const LEGACY_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LEGACY_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

const escaped = (text: string): string => text.replace(/[\\\n"]/g, (char) => (char === "\n" ? "\\n" : `\\${char}`));
/** In HELP of text 0.0.4 quotes stay as they are. */
const helpEscaped = (text: string): string => text.replace(/[\\\n]/g, (char) => (char === "\n" ? "\\n" : "\\\\"));
const quoted = (text: string): string => `"${escaped(text)}"`;

const pairsOf = (labels: Labels): readonly string[] =>
  Object.entries(labels)
    .filter(([label, value]) => value !== "" && label !== METRIC_NAME)
    .map(([label, value]) => `${LEGACY_LABEL.test(label) ? label : quoted(label)}=${quoted(value)}`);

/** A series as it is written; names beyond the classic letters go quoted into the braces. */
export function seriesText(name: string, labels: Labels): string {
  const classic = LEGACY_METRIC.test(name);
  const pairs = pairsOf(labels);
  const inside = classic ? pairs : [quoted(name), ...pairs];
  if (inside.length === 0) return name;
  return `${classic ? name : ""}{${inside.join(",")}}`;
}

/** Counters end in "_total" and info metrics in "_info", in both formats; text names them so in HELP and TYPE as well. */
const ending = (family: WrittenFamily, sample: WrittenSample): string => {
  if (sample.suffix) return sample.suffix;
  return family.type === "counter" ? "_total" : family.type === "info" ? "_info" : "";
};

const exemplarText = ({ labels, value, at }: WrittenExemplar): string => {
  const stamp = at === undefined ? "" : ` ${at / 1000}`;
  return ` # {${pairsOf(labels).join(",")}} ${floatText(value)}${stamp}`;
};

const TEXT_TYPES: Readonly<Partial<Record<MetricType, string>>> = { info: "gauge", unknown: "untyped" };

function lines(family: WrittenFamily, format: ExpositionFormat): readonly string[] {
  const open = format === "openmetrics";
  const familyName = open ? family.name : `${family.name}${ending(family, { labels: {}, value: 0 })}`;
  const name = LEGACY_METRIC.test(familyName) ? familyName : quoted(familyName);
  const type = open ? family.type : (TEXT_TYPES[family.type] ?? family.type);
  return [
    ...(family.help === undefined ? [] : [`# HELP ${name} ${open ? escaped(family.help) : helpEscaped(family.help)}`]),
    `# TYPE ${name} ${type}`,
    ...(open && family.unit !== undefined ? [`# UNIT ${name} ${family.unit}`] : []),
    ...family.samples.map((sample) => {
      const series = seriesText(`${family.name}${ending(family, sample)}`, sample.labels);
      const stamp = sample.at === undefined ? "" : ` ${open ? sample.at / 1000 : sample.at}`;
      const exemplar = open && sample.exemplar ? exemplarText(sample.exemplar) : "";
      return `${series} ${floatText(sample.value)}${stamp}${exemplar}`;
    }),
  ];
}

/** Writes families as Prometheus text 0.0.4 or OpenMetrics 1.0 (with its `# EOF`). */
export function writeExposition(families: readonly WrittenFamily[], format: ExpositionFormat): string {
  const all = families.flatMap((family) => lines(family, format));
  if (format === "openmetrics") all.push("# EOF");
  return all.length === 0 ? "" : `${all.join("\n")}\n`;
}
