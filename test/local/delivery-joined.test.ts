import * as v from "valibot";
import { expect, test } from "vitest";
import { realTimes } from "../../functions/delivery/real-times.ts";
import { joinedBackends } from "../../local/traffic/joined-backends.ts";
import { ServiceDelivery } from "../../shared/core/delivery/section.ts";

test("what a deployment wrote into the registry about this machine is not listed beside the fleet, and not after it has ended", () => {
  const running = [{ id: "orders-1", port: 4001, version: "v1" }];
  const elsewhere = { id: "10.0.0.7:80", host: "10.0.0.7", port: 80, source: "deploy" as const };
  const registered = [
    { id: "127.0.0.1:4001", host: "127.0.0.1", port: 4001, source: "deploy" as const },
    { id: "127.0.0.1:3999", host: "127.0.0.1", port: 3999, source: "deploy" as const },
    { id: "by-hand", host: "127.0.0.1", port: 5000, source: "api" as const },
    elsewhere,
  ];
  const list = joinedBackends(
    () => running,
    () => registered,
  );
  expect(list().map(({ id }) => id)).toEqual(["orders-1", "by-hand", "10.0.0.7:80"]);
  expect(list()).toBe(list());
});

test("on a fast clock what waits for real things keeps its real time, and what is policy goes with the clock", () => {
  const delivery = v.parse(ServiceDelivery, {});
  expect(realTimes(delivery, 1)).toBe(delivery);
  const fast = realTimes(delivery, 600);
  expect(fast.timeout / 600).toBe(delivery.timeout);
  expect(fast.verify / 600).toBe(delivery.verify);
  expect(fast.poll / 600).toBe(100);
  expect(fast).toMatchObject({ every: delivery.every, first: delivery.first, bake: delivery.bake });
});
