import type { AnomalyServiceView } from "../functions/api/views-anomaly.ts";
import type { NamedDetector } from "../shared/core/anomaly/detectors.ts";
import { readRow } from "../shared/core/anomaly/row.ts";
import { kindText, pointText } from "../shared/core/anomaly/words.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { answer, client } from "./client.ts";
import { facts, stamp } from "./format.ts";
import { type Io, plain } from "./io.ts";
import { linesOf } from "./lines.ts";

interface Explained {
  readonly at: number;
  readonly value: number;
  readonly score: number;
  readonly channel?: string;
  readonly expected?: { readonly low: number; readonly high: number };
  readonly learning?: boolean;
  readonly sentence: string;
}

function tell(io: Io, explained: Explained): void {
  io.document(explained);
  const { at, value, score, channel, expected, sentence } = explained;
  for (const line of facts([
    ["at", stamp(at)],
    ["value", `${value}`],
    ["score", `${score}`],
    ["channel", channel === undefined ? "none spoke" : `${channel}: ${kindText(channel)}`],
    ["expected", expected ? `${expected.low} to ${expected.high}` : "nothing is expected yet"],
    ["in words", sentence],
  ]))
    io.line(line);
}

/**
 * What the detector found about one row of a table, after all rows before it.
 *
 * @throws HeadgateError `input.invalid` where no row has this instant, with the nearest one
 */
export async function explainRow(io: Io, path: string, at: number, detector: NamedDetector): Promise<void> {
  let line = 0;
  let nearest: number | undefined;
  for await (const lines of linesOf(io, path)) {
    for (const text of lines) {
      line += 1;
      const row = readRow(line === 1 ? text.replace(/^\uFEFF/, "") : text, line === 1);
      if (row.kind !== "point") continue;
      const score = detector.push(row.at, row.number);
      if (nearest === undefined || Math.abs(row.at - at) < Math.abs(nearest - at)) nearest = row.at;
      if (row.at !== at) continue;
      const seen = detector.detail?.() ?? { score, learning: false };
      const { kind, expected, learning } = seen;
      tell(io, {
        at,
        value: row.number,
        score,
        ...(kind === undefined || score === 0 ? {} : { channel: kind }),
        ...(expected ? { expected: { low: expected.low, high: expected.high } } : {}),
        learning,
        sentence: pointText(row.number, seen),
      });
      return;
    }
  }
  const near = nearest === undefined ? "no row can be read" : `the nearest row is ${stamp(nearest)}`;
  throw new HeadgateError("input.invalid", `${path} has no row at ${stamp(at)}; ${near}`);
}

/**
 * What was found about one point of a service's signal when it was scored.
 *
 * @throws HeadgateError `input.invalid` where the point is not among the last ones
 */
export async function explainPoint(io: Io, service: string, signal: string, at: number): Promise<void> {
  const param = { service: encodeURIComponent(service) };
  const view = await answer<AnomalyServiceView>(client(io).api.v1.anomaly[":service"].$get({ param }));
  const point = view.series.find((one) => one.signal === signal)?.points.find((one) => one.at === at);
  const anomaly = [...view.open, ...view.past].find(
    (one) => one.signal === signal && one.since <= at && (one.until ?? Infinity) >= at,
  );
  if (!point && !anomaly)
    throw new HeadgateError("input.invalid", `${service} keeps no point of ${signal} at ${stamp(at)}`);
  const { value, score, low, high } = point ?? {
    ...anomaly,
    value: anomaly?.value ?? Number.NaN,
    score: anomaly?.score ?? 0,
  };
  const expected = low === undefined || high === undefined ? undefined : { low, high };
  const channel = anomaly?.kind;
  const words =
    anomaly?.sentence ??
    pointText(value, { score, learning: false, ...(expected ? { expected: { ...expected, value } } : {}) });
  tell(io, {
    at,
    value,
    score,
    ...(channel === undefined ? {} : { channel }),
    ...(expected ? { expected } : {}),
    sentence: plain(words),
  });
}
