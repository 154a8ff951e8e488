import { MINUTE, type World } from "../api/kit.ts";

/** A service of this machine: only there everything a chart can show is measured. */
export const LOCAL = `version: 1
services:
  orders: { run: { command: ["node", "orders.mjs"], port: 0, health: /health } }
  search: { ecs: { cluster: data, service: search } }
  plain: { ecs: { cluster: data, service: plain } }
autoscaling:
  orders: { min: 2, max: 10, policies: [{ type: instances }] }
  search: { min: 1, max: 4, mode: recommend, policies: [{ type: instances }] }
`;

/**
 * Three hours of a service's day, minute by minute, measured and decided by the real machine: load rises over what the
 * instances carry and falls again, with ten minutes in which nothing could be measured.
 */
export async function liveThreeHours(world: World, service = "orders", minutes = 180): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    const instances = world.fleet.desired(service) ?? 1;
    const load = 90 + 75 * Math.sin((minute / minutes) * Math.PI * 2 - 0.4) + 6 * Math.sin(minute / 3);
    const cpu = Math.min(100, (load / (instances * 42)) * 100);
    world.clock.advance(MINUTE);
    if (minute < 70 || minute >= 80) {
      world.measure(service, {
        requests: load,
        offered: load + Math.max(0, cpu - 80) / 10,
        errors: Math.max(0, cpu - 80) / 10,
        cpu,
        busy: cpu * 0.85,
        process_cpu: cpu * 0.15,
        memory: 34 + 9 * Math.sin(minute / 25),
        latency_p99: 84 + Math.max(0, cpu - 60) * 2.4,
        desired: instances,
        running: instances,
        ready: instances,
      });
    }
    await world.post(`/api/v1/autoscaling/${service}/evaluate`);
  }
}
