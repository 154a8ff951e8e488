import { floatText } from "../shared/core/kernel/float.ts";
import { labelsText, METRIC_NAME, without } from "../shared/core/kernel/labels.ts";
import { acceptHeader, formatOf } from "../shared/core/monitoring/exposition/format.ts";
import { type Exposition, parseExposition } from "../shared/core/monitoring/exposition/parse.ts";
import { limitedGet } from "../shared/edge/limited-get.ts";
import type { Verb } from "./command.ts";
import { ApiError, UsageError } from "./errors.ts";
import { plain, table } from "./io.ts";

/** As Prometheus has it by default, and a size that no sound target reaches. */
const LIMITS = { timeoutMs: 10_000, maxBytes: 64 * 1024 * 1024, loopback: true } as const;

/** "localhost:9090" is short for http://localhost:9090/metrics. */
function addressOf(given: string): URL {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `http://${given}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new UsageError(`${JSON.stringify(given)} is no http or https address`, "headgate monitoring scrape --help");
  if (url.pathname === "/" && url.search === "") url.pathname = "/metrics";
  return url;
}

const rowsOf = ({ samples, metadata }: Exposition): readonly (readonly string[])[] =>
  samples.map(({ labels, value }) => {
    const name = labels[METRIC_NAME] ?? "";
    const family = [name, name.replace(/_(total|bucket|sum|count|created|info)$/, "")].find((one) => metadata.has(one));
    const type = family === undefined ? undefined : metadata.get(family)?.type;
    return [name, type ?? "", labelsText(without(labels, METRIC_NAME)), floatText(value)];
  });

/** `headgate monitoring scrape`: what Prometheus would see there. */
export const scrapeVerb: Verb = {
  name: "scrape",
  about: "Scrapes an address once, from this machine, and shows every sample or the first fault.",
  positionals: ["URL"],
  example: "headgate monitoring scrape http://127.0.0.1:4180/metrics",
  run: async ({ io, positionals }) => {
    const url = addressOf(positionals[0] as string);
    const accept = acceptHeader([
      "OpenMetricsText1.0.0",
      "OpenMetricsText0.0.1",
      "PrometheusText1.0.0",
      "PrometheusText0.0.4",
    ]);
    const got = await limitedGet(url, { ...LIMITS, accept });
    if (!got.ok) throw new ApiError("unreachable", 0, `${url.href} could not be scraped: ${got.why}`);
    if (got.status !== 200) throw new ApiError("unreachable", got.status, `${url.href} answered ${got.status}`);
    const read = formatOf(got.type);
    const format = "fault" in read ? "text" : read.format;
    const found = parseExposition(got.text, { format });
    const faults = [...("fault" in read ? [{ line: 0, message: read.fault }] : []), ...found.faults];
    const bytes = Buffer.byteLength(got.text);
    io.document({
      url: url.href,
      format,
      bytes,
      samples: found.samples.map(({ labels, value, at }) => ({
        labels,
        value: floatText(value),
        ...(at === undefined ? {} : { at }),
      })),
      metadata: Object.fromEntries(found.metadata),
      faults,
    });
    if (found.samples.length > 0)
      for (const line of table([["METRIC", "TYPE", "LABELS", "VALUE"], ...rowsOf(found)])) io.line(line);
    const names = new Set(found.samples.map(({ labels }) => labels[METRIC_NAME]));
    io.line(`${found.samples.length} samples of ${names.size} metrics, ${bytes} bytes, ${format}`);
    for (const { line, message } of faults) io.note(plain(line === 0 ? message : `line ${line}: ${message}`));
    return faults.length === 0 ? 0 : 1;
  },
};
