import type { JSX } from "preact";

/** Own drawings on a 16 px grid, one stroke width; decorative, the word stands beside them. */
const PATHS = {
  overview: "M2.5 2.5h4.5v6H2.5zM9 2.5h4.5v3.5H9zM9 8.5h4.5v5H9zM2.5 11h4.5v2.5H2.5z",
  services: "M8 1.8l5.5 3v6.4L8 14.2l-5.5-3V4.8zM2.5 4.8L8 8l5.5-3.2M8 8v6.2",
  decisions: "M3 3h2M7.5 3H13M3 8h2M7.5 8H13M3 13h2M7.5 13H13",
  alerts: "M8 1.8v1.4M3.5 12h9l-1.2-1.8V7A3.3 3.3 0 0 0 8 3.4A3.3 3.3 0 0 0 4.7 7v3.2zM6.6 14.2h2.8",
  anomalies: "M1.5 9.5h2.6l1.5 2.2L8 2.5l2.1 9.2l1.3-2.2h3.1",
  traffic:
    "M2 8h3.5M5.5 8L9 3.5h4.5M5.5 8h8M5.5 8L9 12.5h4.5M12 2l1.5 1.5L12 5M12 6.5L13.5 8L12 9.5M12 11l1.5 1.5L12 14",
  delivery: "M2 6.5L8 3l6 3.5v6L8 15.5l-6-3.5zM8 9.5V1.5M5.5 4L8 1.5L10.5 4",
  backups: "M2.5 4a5.5 2 0 1 0 11 0a5.5 2 0 1 0-11 0M2.5 4v8a5.5 2 0 0 0 11 0V4M2.5 8a5.5 2 0 0 0 11 0",
  cost: "M8 1.8v12.4M11 4.6C10.4 3.7 9.3 3.3 8 3.3c-1.8 0-3 .8-3 2.2c0 3.2 6.2 1.5 6.2 4.8c0 1.5-1.3 2.4-3.2 2.4c-1.5 0-2.7-.5-3.3-1.5",
  circuit: "M1.5 10.5H4M12 10.5h2.5M4 10.5a1.2 1.2 0 1 0 0 .01M4.9 9.8L11 5M12 10.5a1.2 1.2 0 1 0 0 .01",
  learning: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  pending: "M8 2.2a5.8 5.8 0 1 0 0 11.6a5.8 5.8 0 1 0 0-11.6M8 4.8V8l2.2 1.6",
  rule: "M3 3.5h10M3 8h6M3 12.5h3.5M10.5 11.5l1.6 1.6l2.6-3.2",
  settings:
    "M2 4.5h6.5M12 4.5h2M2 11.5h2M7.5 11.5H14M8.5 4.5a1.75 1.75 0 1 0 3.5 0a1.75 1.75 0 1 0-3.5 0M4 11.5a1.75 1.75 0 1 0 3.5 0a1.75 1.75 0 1 0-3.5 0",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9M10.3 10.3L14 14",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  pause: "M5 3v10M11 3v10",
  play: "M4.5 2.8L13 8l-8.5 5.2z",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 1 0 0-5.6M8 1.5v1.5M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M3.4 12.6l1.1-1.1M11.5 4.5l1.1-1.1",
  moon: "M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z",
  system: "M2 3h12v8H2zM6 13.5h4M8 11v2.5",
  keyboard: "M1.8 4h12.4v8H1.8zM4.5 6.7h.01M7 6.7h.01M9.5 6.7h.01M11.8 6.7h.01M5 9.5h6",
  arrow: "M3 8h10M9 4l4 4-4 4",
  back: "M13 8H3M7 4L3 8l4 4",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  replay: "M3 8a5 5 0 1 0 1.7-3.7M3 2.5v2.5h2.5",
  input: "M2.5 8h7M6.5 5l3 3-3 3M13 2.5v11",
  computed: "M3 5.5h10M3 10.5h10",
  clamped: "M3 2.5v11M13 2.5v11M5.5 8h5M7 6.5L5.5 8L7 9.5M9 6.5L10.5 8L9 9.5",
  vetoed: "M8 2.2a5.8 5.8 0 1 0 0 11.6a5.8 5.8 0 1 0 0-11.6M4 4l8 8",
  held: "M5.5 4v8M10.5 4v8",
  chosen: "M3 8.5l3.5 3.5L13 4.5",
  changed: "M2.5 5.5h10M10 3l2.5 2.5L10 8M13.5 10.5h-10M6 8l-2.5 2.5L6 13",
  ok: "M3.5 8.5l3 3 6-7",
  degraded: "M8 2.2L14.3 13.5H1.7zM8 6.5v3.2M8 11.6v.01",
  failing: "M5.3 2h5.4L14 5.3v5.4L10.7 14H5.3L2 10.7V5.3zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
  unknown: "M5.5 6a2.5 2.5 0 1 1 3.6 2.2c-.7.4-1.1.8-1.1 1.6M8 12.3v.01",
  silenced: "M3.5 12h9l-1.2-1.8V7A3.3 3.3 0 0 0 8 3.4A3.3 3.3 0 0 0 4.7 7v3.2zM2 2l12 12",
  person: "M8 2.2a2.6 2.6 0 1 0 0 5.2a2.6 2.6 0 1 0 0-5.2M2.8 13.8c.5-2.9 2.5-4.3 5.2-4.3s4.7 1.4 5.2 4.3",
  gate: "M3.5 2v12M12.5 2v12M3.5 5.5h9M5.8 5.5v5h4.4v-5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
