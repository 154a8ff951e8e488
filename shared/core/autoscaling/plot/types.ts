import type { DurationMs, Millis } from "../../kernel/time.ts";

/** Place in a drawing: pixels from the left and from the top. */
export type Place = readonly [x: number, y: number];

/** What a drawing is made of. Colours are "#rrggbb". */
export type Shape =
  | {
      readonly kind: "rect";
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly fill: string;
      readonly opacity?: number;
    }
  /** A closed outline that is filled. */
  | { readonly kind: "area"; readonly points: readonly Place[]; readonly fill: string; readonly opacity?: number }
  /** Straight pieces with square ends. */
  | { readonly kind: "line"; readonly points: readonly Place[]; readonly stroke: string; readonly width: number }
  /** One line of text on its baseline. */
  | {
      readonly kind: "text";
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly size: number;
      readonly fill: string;
      readonly anchor?: "start" | "middle" | "end";
      readonly bold?: boolean;
    };

/** A picture as data: from here it is written as SVG, or put into pixels. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** For whoever hears the picture instead of seeing it: what it is, and what it shows. */
  readonly title: string;
  readonly description: string;
  readonly background: string;
  readonly shapes: readonly Shape[];
}

/** What happened, one entry for each `stepMs` from `startAt` on; all lists are of one length. */
export interface PlotSeries {
  readonly startAt: Millis;
  readonly stepMs: DurationMs;
  /** Work that arrives, in tasks it keeps busy. */
  readonly load: ArrayLike<number>;
  /** Ready tasks. */
  readonly capacity: ArrayLike<number>;
  /** Tasks asked for, at the end of the step. */
  readonly desired: ArrayLike<number>;
  /** Work that waits, in task-minutes. */
  readonly backlog: ArrayLike<number>;
  /** Violation minutes. */
  readonly violated: ArrayLike<number>;
  /** Changes of the desired count. */
  readonly actions: ArrayLike<number>;
}

export interface Plot {
  readonly title: string;
  /** The line below it: the score, in words. */
  readonly subtitle: string;
  readonly series: PlotSeries;
  /** What is scored; what lies before is shaded as warm-up, and after it is not drawn. */
  readonly scored: readonly [from: Millis, to: Millis];
  /** IANA name; the axis and the words below it are in its time. */
  readonly timezone: string;
}
