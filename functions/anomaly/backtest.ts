import { type BacktestOptions, startBacktest } from "../../shared/core/anomaly/backtest.ts";
import { readRow } from "../../shared/core/anomaly/row.ts";
import { type Fault, HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { AnomalyBacktestView } from "../api/views-anomaly.ts";

const MOST_FAULTS = 20;

/** A backtest that is fed line by line. */
export interface LineBacktest {
  push(line: string): void;
  /** @throws HeadgateError `trace.invalid` where there are fewer than two points */
  view(): AnomalyBacktestView;
}

/** Rows that cannot be read are warnings with their line; nothing is made up for them. */
export function lineBacktest(options: BacktestOptions): LineBacktest {
  const started = performance.now();
  const backtest = startBacktest(options);
  const warnings: Fault[] = [];
  let [line, hidden, points] = [0, 0, 0];
  return {
    push: (text) => {
      line += 1;
      const row = readRow(line === 1 ? text.replace(/^\uFEFF/, "") : text, line === 1);
      if (row.kind === "point") {
        points += 1;
        backtest.push(row.at, row.number);
      } else if (row.kind === "bad") {
        const { column, why, found } = row;
        if (warnings.length >= MOST_FAULTS) hidden += 1;
        else warnings.push({ path: column, message: `row ${line}: ${why}`, line, value: found });
      }
    },
    view: () => {
      const more: readonly Fault[] = hidden > 0 ? [{ path: "data", message: `and ${hidden} more rows` }] : [];
      if (points < 2) {
        const allowed = "CSV with the columns timestamp,value and at least 2 rows";
        const none: Fault = { path: "data", message: `the data has ${points} readable rows`, allowed };
        throw new HeadgateError("trace.invalid", none.message, { faults: [none, ...warnings, ...more] });
      }
      const result = backtest.result();
      if (result.weeks === 0)
        warnings.push({
          path: "data",
          message: "nothing was judged: the detector was learning all the time",
          allowed: options.detector === "seed" ? "more than 10 points" : "more than a day of points",
        });
      const elapsedMs = Math.round((performance.now() - started) * 10) / 10;
      return { detector: options.detector, ...result, elapsedMs, warnings: [...warnings, ...more] };
    },
  };
}

/** The same over a whole text. */
export function runAnomalyBacktest(data: string, options: BacktestOptions): AnomalyBacktestView {
  const backtest = lineBacktest(options);
  for (const line of data.split("\n")) backtest.push(line);
  return backtest.view();
}
