import { type Labels, METRIC_NAME } from "../../shared/core/kernel/labels.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { formatOf } from "../../shared/core/monitoring/exposition/format.ts";
import { knownSeries } from "../../shared/core/monitoring/exposition/known-series.ts";
import { scanExposition } from "../../shared/core/monitoring/exposition/scan.ts";
import { seriesLabels } from "../../shared/core/monitoring/exposition/series-text.ts";
import { withTargetLabels } from "../../shared/core/monitoring/scrape-target.ts";
import type { ScrapeJob, ScrapeLimits } from "../../shared/core/monitoring/settings.ts";
import type { HttpBody } from "./http-get.ts";
import { withNativeLimits } from "./native-limits.ts";
import type { SampleWriter, SeriesHandle } from "./sample-writer.ts";

/** What became of one scrape: the figures of the five series that every target has, and the fault where it failed. */
export interface ScrapeResult {
  readonly at: Millis;
  readonly seconds: number;
  readonly scraped: number;
  readonly kept: number;
  readonly added: number;
  readonly fault: string | undefined;
}

/** Turns the bodies of one target into samples; remembers its series. */
export interface ScrapeReader {
  /** Reads and writes one scrape, all of it or, after a fault, none but the target's own series. */
  take(at: Millis, answer: HttpBody | { readonly fault: string }, seconds: () => number): ScrapeResult;
  /** The target is gone. */
  close(at: Millis): void;
}

const LEGACY_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LEGACY_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

const illegal = (labels: Labels): string | undefined =>
  Object.keys(labels).find((name) =>
    name === METRIC_NAME ? !LEGACY_METRIC.test(labels[name] ?? "") : !LEGACY_LABEL.test(name),
  );

/** Messages of prometheus/scrape verifyLabelLimits. */
function beyond(labels: Labels, limits: ScrapeLimits): string | undefined {
  const metric = `metric: ${(labels[METRIC_NAME] ?? "").slice(0, 50)}`;
  const names = Object.keys(labels);
  if (names.length > limits.labels)
    return `label_limit exceeded (${metric}, number of labels: ${names.length}, limit: ${limits.labels})`;
  for (const name of names) {
    const nameBytes = Buffer.byteLength(name);
    if (nameBytes > limits.labelNameBytes)
      return `label_name_length_limit exceeded (${metric}, label name: ${name.slice(0, 50)}, length: ${nameBytes}, limit: ${limits.labelNameBytes})`;
    const valueBytes = Buffer.byteLength(labels[name] ?? "");
    if (valueBytes > limits.labelValueBytes)
      return `label_value_length_limit exceeded (${metric}, label name: ${name.slice(0, 50)}, length: ${valueBytes}, limit: ${limits.labelValueBytes})`;
  }
  return undefined;
}

const REPORTS = [
  "up",
  "scrape_duration_seconds",
  "scrape_samples_scraped",
  "scrape_samples_post_metric_relabeling",
  "scrape_series_added",
] as const;

/** `handle` is absent where metric relabeling drops the series. */
interface Known {
  readonly handle: SeriesHandle | undefined;
}

export function scrapeReader(
  job: ScrapeJob,
  target: Labels,
  metricRelabel: ((labels: Labels) => Labels | undefined) | undefined,
  writer: SampleWriter,
): ScrapeReader {
  const known = knownSeries<Known>();
  const limits = withNativeLimits(job.limits);
  const reports = new Map<string, SeriesHandle | undefined>();

  /** A series seen for the first time; a text where the whole scrape fails by it. */
  const meet = (text: string): Known | string => {
    const read = seriesLabels(text);
    if (typeof read === "string") return read;
    const joined = withTargetLabels(read, target, job.honorLabels);
    const labels = metricRelabel ? metricRelabel(joined) : joined;
    if (!labels || Object.keys(labels).length === 0) return { handle: undefined };
    if (!labels[METRIC_NAME]) return "missing metric name (__name__ label)";
    const name = job.names === "legacy" ? illegal(labels) : undefined;
    if (name !== undefined) return `invalid metric name or label name: ${JSON.stringify(name.slice(0, 50))}`;
    const fault = beyond(labels, limits);
    if (fault !== undefined) return fault;
    const handle = writer.open(labels);
    return handle ? { handle } : "the sample window has no room for more series";
  };

  const read = (at: Millis, { body, contentType }: HttpBody) => {
    const counts = { scraped: 0, kept: 0, added: 0 };
    const how = formatOf(contentType, job.fallbackProtocol);
    if ("fault" in how) return { ...counts, fault: how.fault };
    let over = false;
    const sample = (bytes: Uint8Array, start: number, end: number, cell: Float64Array): string | undefined => {
      counts.scraped += 1;
      // Counted on to tell by how much; nothing more is remembered.
      if (over) return undefined;
      let item = known.find(bytes, start, end);
      const isNew = item === undefined;
      if (!item) {
        let fault: string | undefined;
        item = known.add(bytes, start, end, (text) => {
          const met = meet(text);
          if (typeof met !== "string") return met;
          fault = met;
          return { handle: undefined };
        });
        if (fault !== undefined) return fault;
      }
      const { handle } = item;
      if (!handle) return undefined;
      const own = cell[1] as number;
      const taken =
        Number.isNaN(own) || !job.honorTimestamps
          ? writer.put(handle, cell[0] as number)
          : writer.putAt(handle, cell[0] as number, own, job.trackTimestampsStaleness);
      if (!taken) return undefined;
      counts.kept += 1;
      if (counts.kept > limits.samples) over = true;
      else if (isNew) counts.added += 1;
      return undefined;
    };
    writer.begin(at);
    known.begin();
    const fault = scanExposition(body, how.format, {
      expected: known.expected,
      sample: (bytes, start, end, cell) => {
        try {
          return sample(bytes, start, end, cell);
        } catch (error) {
          if (error instanceof TypeError) return "invalid UTF-8 in a label";
          throw error;
        }
      },
    });
    const message = fault
      ? `line ${fault.line}: ${fault.message}`
      : over
        ? `sample limit exceeded (limit: ${limits.samples})`
        : undefined;
    if (message === undefined) known.commit(body);
    else {
      known.abort();
      writer.abort();
    }
    return { ...counts, fault: message };
  };

  /** The target's own series, also where it exposes some of the same name: these are not its to tell. */
  const report = (figures: readonly number[]) => {
    REPORTS.forEach((name, index) => {
      const handle = reports.get(name) ?? writer.open({ ...target, [METRIC_NAME]: name }, true);
      reports.set(name, handle);
      if (handle) writer.replace(handle, figures[index] as number);
    });
  };

  return {
    take: (at, answer, seconds) => {
      const result = "fault" in answer ? { scraped: 0, kept: 0, added: 0, fault: answer.fault } : read(at, answer);
      // Nothing was written: every series that the target had ends here.
      if (result.fault !== undefined) writer.begin(at);
      const took = seconds();
      report([result.fault === undefined ? 1 : 0, took, result.scraped, result.kept, result.added]);
      writer.commit();
      return { ...result, at, seconds: took };
    },
    close: writer.close,
  };
}
