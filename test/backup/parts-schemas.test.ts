import { afterEach, describe, expect, test } from "vitest";
import { restoreSchemas } from "../../functions/backup/parts/restore-schemas.ts";
import type { SchemasPart } from "../../shared/core/backup/format/types.ts";
import { registrationOrder } from "../../shared/core/backup/schema-order.ts";
import { httpClient } from "../../shared/edge/http-client.ts";
import { schemaRegistry } from "../../shared/edge/schema-registry.ts";
import { type RegistryWire, registryWire } from "../fakes/registry-wire.ts";
import { finish, partContext } from "./parts-kit.ts";

const open: RegistryWire[] = [];
const start = async (options?: Parameters<typeof registryWire>[0]) => {
  const wire = await registryWire(options);
  open.push(wire);
  return wire;
};
afterEach(async () => {
  for (const wire of open.splice(0)) await wire.close();
});
const client = (wire: RegistryWire) => schemaRegistry({ http: httpClient({ allowLocal: true }), url: wire.endpoint });
const read = (wire: RegistryWire, registry: object = {}) =>
  finish(partContext({}, { cluster: { embedded: true, registry: { url: wire.endpoint, ...registry } } }), "schemas");

/** Ids with a hole, versions with a hole, a reference from a subject that comes first by name, names that need escaping. */
async function filled(wire: RegistryWire): Promise<SchemasPart> {
  wire.subjects.set("z/address", [{ version: 1, id: 3, schema: '"string"' }]);
  wire.subjects.set("orders-value", [
    { version: 1, id: 7, schema: '{"v":1}' },
    { version: 3, id: 12, schema: '{"v":3}', references: [{ name: "Address", subject: "z/address", version: 1 }] },
  ]);
  wire.subjects.set("orders-proto", [{ version: 1, id: 20, schema: "syntax", schemaType: "PROTOBUF" }]);
  wire.levels.set("orders-value", "FULL_TRANSITIVE");
  const done = await read(wire);
  if (done.status !== "done") throw new Error(done.why);
  return done.part;
}

describe("schemas", () => {
  test("subjects, versions, ids, types, references and compatibility are in the point", async () => {
    const part = await filled(await start());
    expect(part).toMatchObject({
      compatibility: "BACKWARD",
      subjects: [
        { subject: "orders-proto", versions: [{ id: 20, type: "PROTOBUF" }] },
        {
          ...{ subject: "orders-value", compatibility: "FULL_TRANSITIVE" },
          versions: [
            { version: 1, id: 7, type: "AVRO" },
            { version: 3, id: 12, references: [{ name: "Address", subject: "z/address", version: 1 }] },
          ],
        },
        { subject: "z/address" },
      ],
    });
  });

  test("a restore into an empty registry keeps ids and versions, and doing it again adds nothing", async () => {
    const [from, to] = [await start(), await start()];
    const part = await filled(from);
    expect(await restoreSchemas(client(to), part)).toEqual({
      registered: 4,
      present: 0,
      moved: [],
      failed: [],
      warnings: [],
    });
    expect([...to.subjects].sort()).toEqual([...from.subjects].sort());
    expect(to.levels.get("orders-value")).toBe("FULL_TRANSITIVE");
    expect([...to.modes]).toEqual([["", "READWRITE"]]);
    expect(await restoreSchemas(client(to), part)).toMatchObject({ registered: 0, present: 4, moved: [] });
  });

  test("one that was killed in the middle is finished with the same ids", async () => {
    const [from, to] = [await start(), await start()];
    const part = await filled(from);
    to.modes.set("orders-value", "IMPORT");
    to.subjects.set("orders-value", [{ version: 1, id: 7, schema: '{"v":1}' }]);
    expect(await restoreSchemas(client(to), part)).toMatchObject({ registered: 3, present: 1, moved: [] });
    expect([...to.subjects].sort()).toEqual([...from.subjects].sort());
    expect(to.modes.has("orders-value")).toBe(false);
  });

  test("a registry that takes no ids gives new ones, references follow, and each change is told", async () => {
    const part = await filled(await start());
    const to = await start({ imports: false });
    const done = await restoreSchemas(client(to), part);
    expect(done).toMatchObject({ registered: 4, failed: [], warnings: [expect.stringContaining("new ones")] });
    expect(done.moved).toContainEqual(expect.objectContaining({ subject: "orders-value", version: 3, from: 12 }));
    expect(to.subjects.get("orders-value")?.map(({ version }) => version)).toEqual([1, 2]);
  });

  test("a chosen subject brings what it refers to, and nothing else", async () => {
    const part = await filled(await start());
    const to = await start();
    await restoreSchemas(client(to), part, { subjects: (name) => name === "orders-value" });
    expect([...to.subjects.keys()].sort()).toEqual(["orders-value", "z/address"]);
  });

  test("a sign-in goes with every call; a refused one is told without the password", async () => {
    const wire = await start({ password: "value of env:REGISTRY" });
    expect(await read(wire, { username: "backup", password: "env:REGISTRY" })).toMatchObject({ status: "done" });
    const refused = await read(wire, { username: "backup", password: "env:OTHER" });
    expect(refused).toMatchObject({ status: "failed", why: expect.stringContaining("not allowed (401)") });
    expect(JSON.stringify(refused)).not.toContain("value of");
  });

  test("a registry that is gone is a sentence, not an error", async () => {
    const wire = await start();
    await wire.close();
    expect(await read(wire)).toMatchObject({
      status: "failed",
      why: expect.stringContaining("schemas are not in this point"),
    });
  });
});

test("registration follows references through any order of names, and circles do not stop it", () => {
  const version = (id: number, references: { name: string; subject: string; version: number }[] = []) => ({
    ...{ version: 1, id, type: "AVRO", schema: `${id}`, references },
  });
  const to = (subject: string) => ({ name: subject, subject, version: 1 });
  const subjects = [
    { subject: "a", versions: [version(1, [to("c")])] },
    { subject: "b", versions: [version(2)] },
    { subject: "c", versions: [version(3, [to("d"), to("gone")])] },
    { subject: "d", versions: [version(4, [to("a")])] },
  ];
  const order = registrationOrder(subjects).map(({ subject }) => subject);
  expect(order).toHaveLength(4);
  expect(order.indexOf("c")).toBeLessThan(order.indexOf("a"));
  expect(order.indexOf("d")).toBeLessThan(order.indexOf("c"));
});
