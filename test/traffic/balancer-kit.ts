import type { Backend, Host, PickRequest } from "../../shared/core/traffic/types.ts";

/** A backend with the platform's defaults. */
export const backend = (id: string, more: Partial<Backend> = {}): Backend => ({
  id,
  host: id,
  port: 80,
  weight: 1,
  maxConnections: 100,
  capacity: 1000,
  tags: [],
  priority: 0,
  metadata: {},
  ...more,
});

export type HostInput = Partial<Omit<Host, "backend">> & Partial<Backend>;

/** A host that is well unless it says otherwise. */
export const host = (id: string, more: HostInput = {}): Host => {
  const { healthy = true, ejected = false, open = false, draining = false, readySince, ...rest } = more;
  return {
    backend: backend(id, rest),
    healthy,
    ejected,
    open,
    draining,
    ...(readySince === undefined ? {} : { readySince }),
  };
};

/** `count` hosts h0, h1 … */
export const hostsOf = (count: number, more: (index: number) => HostInput = () => ({})): Host[] =>
  Array.from({ length: count }, (_, index) => host(`h${String(index).padStart(2, "0")}`, more(index)));

export const request = (more: Partial<PickRequest> = {}): PickRequest => ({
  at: 1_000_000,
  hashed: false,
  hashHigh: 0,
  hashLow: 0,
  ...more,
});
