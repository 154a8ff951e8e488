import type { Labels } from "../../kernel/labels.ts";
import type { Millis } from "../../kernel/time.ts";
import { type ExpositionFault, type ExpositionFormat, type MetadataKind, scanExposition } from "./scan.ts";
import { seriesLabels } from "./series-text.ts";

export interface ExpositionSample {
  /** The name among them, as `__name__`. */
  readonly labels: Labels;
  readonly value: number;
  /** Its own timestamp, where it has one. */
  readonly at?: Millis;
}

/** What HELP, TYPE and UNIT say of a metric family. */
export interface ExpositionMetadata {
  readonly type?: string;
  readonly help?: string;
  readonly unit?: string;
}

export interface Exposition {
  readonly samples: readonly ExpositionSample[];
  readonly metadata: ReadonlyMap<string, ExpositionMetadata>;
  /** None or one: nothing after it was read. */
  readonly faults: readonly ExpositionFault[];
}

export interface ParseOptions {
  readonly format: ExpositionFormat;
  /** Most samples; one more is a fault. */
  readonly limits?: { readonly samples?: number };
}

const FIELDS = { HELP: "help", TYPE: "type", UNIT: "unit" } as const satisfies Record<MetadataKind, string>;

const helpText = (text: string): string =>
  text.replace(/\\([\\"n])/g, (_, char: string) => (char === "n" ? "\n" : char));

/** A unit is the last part of its family's name: prometheus/model/textparse, OpenMetrics. */
const unitFault = (name: string, unit: string): string | undefined =>
  unit === "" || name.endsWith(`_${unit}`) ? undefined : `unit ${unit} not a suffix of metric ${name}`;

/**
 * Reads a whole exposition into samples: for tests, small bodies and the command line; the scraper reads through {@link scanExposition}.
 * Never throws; stops at the first fault, which names its line.
 */
export function parseExposition(input: string | Uint8Array, options: ParseOptions): Exposition {
  const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const samples: ExpositionSample[] = [];
  const metadata = new Map<string, ExpositionMetadata>();
  const most = options.limits?.samples ?? Number.POSITIVE_INFINITY;
  const fault = scanExposition(bytes, options.format, {
    sample: (body, start, end, cell) => {
      let text: string;
      try {
        text = decoder.decode(body.subarray(start, end));
      } catch {
        return "invalid UTF-8 in a label";
      }
      const labels = seriesLabels(text);
      if (typeof labels === "string") return labels;
      if (samples.length >= most) return "sample limit exceeded";
      const at = cell[1] as number;
      samples.push({ labels, value: cell[0] as number, ...(Number.isNaN(at) ? {} : { at }) });
      return undefined;
    },
    metadata: (kind, nameBytes, textBytes) => {
      let name: string;
      let text: string;
      try {
        name = decoder.decode(nameBytes);
        text = decoder.decode(textBytes);
      } catch {
        return `invalid UTF-8 in ${kind}`;
      }
      if (name.startsWith('"')) name = helpText(name.slice(1, -1));
      const wrong = kind === "UNIT" ? unitFault(name, text) : undefined;
      if (wrong !== undefined) return wrong;
      metadata.set(name, { ...metadata.get(name), [FIELDS[kind]]: kind === "HELP" ? helpText(text) : text });
      return undefined;
    },
  });
  return { samples, metadata, faults: fault ? [fault] : [] };
}
