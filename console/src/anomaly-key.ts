import type { AnomalyView } from "../../functions/api/views-anomaly.ts";

/** What names an anomaly: a signal has one at a time. */
export interface AnomalyKey {
  readonly service: string;
  readonly signal: string;
  readonly since: number;
}

/** As it stands in the address. Names may hold anything, slashes among it. */
export const keyOf = ({ service, signal, since }: AnomalyKey): string =>
  `${encodeURIComponent(service)}/${encodeURIComponent(signal)}/${since}`;

/** What an address names; undefined where it names no anomaly. */
export function readKey(text: string): AnomalyKey | undefined {
  const parts = /^([^/]+)\/([^/]+)\/(\d{1,16})$/.exec(text);
  if (!parts) return undefined;
  try {
    const [, service = "", signal = "", since = ""] = parts;
    return { service: decodeURIComponent(service), signal: decodeURIComponent(signal), since: Number(since) };
  } catch {
    return undefined;
  }
}

export const isSame = (anomaly: AnomalyView, key: AnomalyKey): boolean =>
  anomaly.service === key.service && anomaly.signal === key.signal && anomaly.since === key.since;
