import type { PickView } from "../functions/api/views-traffic.ts";
import { answer, client } from "./client.ts";
import type { Io } from "./io.ts";

/**
 * Whom a running Headgate would send a request of a service to now, and why.
 *
 * @throws ApiError
 */
export function pickLive(
  io: Io,
  service: string,
  request: { readonly key?: string; readonly tags?: readonly string[] },
): Promise<PickView> {
  const param = { service: encodeURIComponent(service) };
  const { key, tags } = request;
  const json = { ...(key === undefined ? {} : { key }), ...(tags ? { tags: [...tags] } : {}) };
  return answer<PickView>(client(io).api.v1.traffic[":service"].pick.$post({ param, json }));
}
