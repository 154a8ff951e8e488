import type { ScrapeProtocol } from "../settings.ts";
import type { ExpositionFormat } from "./scan.ts";

const MEDIA: Readonly<Record<ScrapeProtocol, string>> = {
  "OpenMetricsText1.0.0": "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8",
  "OpenMetricsText0.0.1": "application/openmetrics-text;version=0.0.1",
  "PrometheusText1.0.0": "text/plain;version=1.0.0;escaping=allow-utf-8",
  "PrometheusText0.0.4": "text/plain;version=0.0.4",
};

/** Formats that upstream knows, protobuf among them: weights start one above their number. */
const FIRST_WEIGHT = 6;

/** The Accept header of a scrape, as prometheus/scrape acceptHeader makes it. */
export function acceptHeader(protocols: readonly ScrapeProtocol[], names: "utf8" | "legacy" = "utf8"): string {
  const offers = protocols.map((protocol, index) => {
    const media = names === "utf8" ? MEDIA[protocol] : MEDIA[protocol].replace("allow-utf-8", "underscores");
    return `${media};q=0.${FIRST_WEIGHT - index}`;
  });
  return [...offers, `*/*;q=0.${FIRST_WEIGHT - protocols.length}`].join(",");
}

/**
 * How a body is to be read. A missing or foreign content type is the fallback's format, and without one a fault, as in Prometheus
 * 3: reading HTML as metrics gives errors that name the wrong cause.
 */
export function formatOf(
  contentType: string | undefined,
  fallback?: ScrapeProtocol,
): { readonly format: ExpositionFormat } | { readonly fault: string } {
  const media = (contentType ?? "").split(";")[0]?.trim().toLowerCase();
  if (media === "text/plain") return { format: "text" };
  if (media === "application/openmetrics-text") return { format: "openmetrics" };
  if (fallback !== undefined) return { format: fallback.startsWith("OpenMetrics") ? "openmetrics" : "text" };
  const what = media === "" ? "no Content-Type" : `Content-Type ${JSON.stringify(media?.slice(0, 80))}`;
  return { fault: `the target sends ${what} and no fallback_scrape_protocol is set` };
}
