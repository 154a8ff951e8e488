import { floatText } from "../kernel/float.ts";
import type { Labels } from "../kernel/labels.ts";
import {
  contentType,
  negotiate,
  type WrittenExemplar,
  type WrittenFamily,
  type WrittenSample,
  writeExposition,
} from "./exposition/write.ts";
import type { Family, Series } from "./registry.ts";
import { WINDOW_RANKS } from "./sample-window.ts";

/** `prometheus`: text format 0.0.4. `openmetrics`: OpenMetrics 1.0. */
export type ExposeFormat = "prometheus" | "openmetrics";

/** OpenMetrics wants bounds and ranks as floats ("1.0"), the older format has them as Go prints them ("1"). */
const boundText = (bound: number, format: ExposeFormat) =>
  format === "openmetrics" && Number.isInteger(bound) ? `${bound}.0` : floatText(bound);

const sorted = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

function bucketSamples(family: Family, series: Series, labels: Labels, format: ExposeFormat): WrittenSample[] {
  let below = 0;
  return [...(family.spec.buckets ?? []), Number.POSITIVE_INFINITY].map((bound, index) => {
    below += series.buckets?.[index] ?? 0;
    const exemplar: WrittenExemplar | undefined = series.exemplars?.[index];
    return {
      suffix: "_bucket",
      labels: { ...labels, le: boundText(bound, format) },
      value: below,
      ...(exemplar ? { exemplar } : {}),
    };
  });
}

function samplesOf(family: Family, series: Series, format: ExposeFormat): readonly WrittenSample[] {
  const labels = sorted(series.labels);
  if (!series.buckets && !series.window) return [{ labels, value: series.value }];
  const quantiles = series.window?.quantiles(WINDOW_RANKS) ?? [];
  return [
    ...(series.buckets ? bucketSamples(family, series, labels, format) : []),
    ...quantiles.map((value, index) => ({
      labels: { ...labels, quantile: boundText(WINDOW_RANKS[index] as number, format) },
      value,
    })),
    { suffix: "_sum", labels, value: series.value },
    { suffix: "_count", labels, value: series.count },
  ];
}

/** Everything in the families as text. Empty text (or only `# EOF`) where there is nothing. */
export function exposeFamilies(families: readonly Family[], format: ExposeFormat): string {
  const written = families.map((family): WrittenFamily => {
    const { name, type, help, unit } = family.spec;
    return {
      name: type === "counter" ? name.replace(/_total$/, "") : name,
      type,
      help,
      ...(unit === undefined ? {} : { unit }),
      samples: [...family.series.values()].flatMap((series) => samplesOf(family, series, format)),
    };
  });
  return writeExposition(written, format === "openmetrics" ? "openmetrics" : "text");
}

/** The families in the format that an `Accept` header asks for. */
export function exposeFor(
  accept: string | undefined,
  families: readonly Family[],
): { readonly contentType: string; readonly body: string } {
  const format = negotiate(accept);
  return {
    contentType: contentType(format),
    body: exposeFamilies(families, format === "openmetrics" ? "openmetrics" : "prometheus"),
  };
}
