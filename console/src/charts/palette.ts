/** One colour and one dash per thing, the same on every chart. Names are custom properties in styles/theme.css. */
export interface Stroke {
  readonly color: string;
  readonly width: number;
  readonly dash?: readonly number[];
}

const STROKES: Readonly<Record<string, Stroke>> = {
  requests: { color: "--line-load", width: 1.5 },
  offered: { color: "--line-running", width: 1, dash: [4, 3] },
  errors: { color: "--line-other", width: 1.5 },
  cpu: { color: "--line-cpu", width: 2 },
  busy: { color: "--line-busy", width: 1, dash: [4, 3] },
  process_cpu: { color: "--line-process", width: 1, dash: [1.5, 3] },
  memory: { color: "--line-memory", width: 1.5 },
  desired: { color: "--acted", width: 1.5 },
  running: { color: "--line-running", width: 1.5, dash: [5, 3] },
  ready: { color: "--line-ready", width: 2 },
  latency_p99: { color: "--line-latency", width: 1.5 },
};

/** Errors that are none are not red: colour is kept for what fails. */
export function strokeOf(metric: string, failing = false): Stroke {
  if (failing) return { color: "--red", width: 1.5 };
  return STROKES[metric] ?? { color: "--line-other", width: 1.5 };
}
