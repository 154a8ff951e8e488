import type { GatePointView } from "../../../functions/api/views-delivery.ts";
import type { Point } from "../shapes.ts";
import type { Plot, PlotLine } from "./plot.ts";

/** Less than this of the limit is drawn as this: how much less says nothing more. */
const FLOOR = 1e-6;
/** Far beyond the limit is drawn at its end. */
const CEILING = 1e3;

const BLIND: ReadonlySet<string> = new Set(["no_canary_data", "no_baseline_data", "no_data", "counts_invalid"]);

/** A look that had nothing to look at: what the evidence was before it says nothing about it. */
export const isBlind = ({ reason }: GatePointView): boolean => reason !== undefined && BLIND.has(reason);

/** Time between two looks as they came: the middle of the gaps, never less than the gate's tick. */
export function lookPeriod(points: readonly GatePointView[], everyMs: number): number {
  const gaps = points.slice(1).map((point, index) => point.at - (points[index]?.at ?? point.at));
  const middle = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)];
  return Math.max(everyMs, middle ?? 0);
}

const pick = (points: readonly GatePointView[], of: (point: GatePointView) => number | undefined): readonly Point[] =>
  points.flatMap((point) => {
    const value = of(point);
    return value === undefined || Number.isNaN(value) ? [] : [{ at: point.at, value }];
  });

const NONE = { bands: [], anomalies: [], alarms: [], missing: [], unit: "", stepped: false } as const;

/**
 * How the evidence went, look by look: against the new version over the limit it fails at (on a log scale: e-values multiply), for it over
 * what it passes at, and the share it was to have. A look without data leaves a gap.
 */
export function evidencePlots(points: readonly GatePointView[], everyMs: number): readonly Plot[] {
  const periodMs = lookPeriod(points, everyMs);
  const line = (id: string, name: string, color: string, values: readonly Point[]): PlotLine => ({
    id,
    name,
    stroke: { color, width: 2 },
    points: values,
    periodMs,
  });
  const known = points.filter((point) => !isBlind(point));
  const against = pick(known, ({ towardsFail }) =>
    towardsFail === undefined ? undefined : Math.min(CEILING, Math.max(FLOOR, towardsFail)),
  );
  const pro = pick(known, ({ towardsPass }) => (towardsPass === undefined ? undefined : Math.max(-1, towardsPass)));
  const failing = against.some(({ value }) => value >= 1);
  const plots: Plot[] = [
    {
      ...NONE,
      id: "against",
      title: "Evidence that it is worse",
      unit: "of the limit, log scale",
      log: true,
      atLeast: 2,
      height: 168,
      lines: [line("against", "worse", failing ? "--red" : "--line-latency", against)],
      thresholds: [{ metric: "against", value: 1, label: "limit: it fails" }],
    },
    {
      ...NONE,
      id: "pro",
      title: "Evidence that it is not worse",
      unit: "of what passes it",
      atLeast: 1.1,
      height: 96,
      lines: [line("pro", "not worse", "--line-busy", pro)],
      thresholds: [{ metric: "pro", value: 1, label: "limit: it passes" }],
    },
    {
      ...NONE,
      id: "share",
      title: "Share it is to have",
      unit: "%",
      atLeast: 100,
      stepped: true,
      height: 84,
      lines: [
        line(
          "share",
          "share",
          "--acted",
          pick(points, ({ share }) => share),
        ),
      ],
      thresholds: [],
    },
  ];
  return plots.filter(({ lines: [only] }) => only !== undefined && only.points.length > 0);
}
