import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { httpClient } from "../../shared/edge/http-client.ts";
import { refusedAddress } from "../../shared/edge/refused-address.ts";
import { type HttpWire, httpWire } from "../fakes/http-wire.ts";

let wire: HttpWire;
beforeEach(async () => {
  wire = await httpWire(() => ({ status: 200, body: "well" }));
});
afterEach(async () => wire.close());

const ask = (url: string) =>
  ({ method: "GET", url: new URL(url), headers: {}, timeoutMs: 2_000, maxBytes: 100 }) as const;
const port = () => new URL(wire.endpoint).port;

describe("addresses that lead back into the machine or to its credentials", () => {
  test.each([
    "127.0.0.1",
    "127.8.9.10",
    "::1",
    "::ffff:127.0.0.1",
    "0.0.0.0",
    "::",
    "169.254.169.254",
    "169.254.170.2",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "::169.254.169.254",
    "::ffff:0:a9fe:a9fe",
    "2002:7f00:1::",
    "fe80::1%eth0",
    "fd00:ec2::23",
    "fe80::1",
    "fd00:ec2::254",
    "224.0.0.1",
  ])("%s is refused", (address) => {
    expect(refusedAddress(address)).toMatch(/\w/);
  });

  test.each(["10.0.0.7", "172.16.3.4", "192.168.1.1", "8.8.8.8", "2001:db8::1", "fd12:3456::1", "alertmanager"])(
    "%s is not",
    (address) => {
      expect(refusedAddress(address)).toBeUndefined();
    },
  );

  test.each([
    "http://127.0.0.1:PORT/",
    "http://127.1:PORT/",
    "http://0x7f000001:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
  ])("%s is not even connected to", async (url) => {
    const outward = httpClient({ allowLocal: false });
    await expect(outward(ask(url.replace("PORT", port())))).rejects.toMatchObject({ kind: "refused" });
    expect(wire.seen).toEqual([]);
  });

  test("a name is judged by the address it leads to, at the moment of connecting", async () => {
    const outward = httpClient({ allowLocal: false });
    await expect(outward(ask(`http://localhost:${port()}/`))).rejects.toMatchObject({
      kind: "refused",
      message: expect.stringContaining("localhost leads to a loopback address"),
    });
    expect(wire.seen).toEqual([]);
  });

  test("on a laptop they may be reached", async () => {
    const local = httpClient({ allowLocal: true });
    expect(await local(ask(`http://localhost:${port()}/`))).toMatchObject({ status: 200, body: "well" });
  });
});

test("a redirect is answered as it is and not followed", async () => {
  wire.inject({ status: 307, headers: { location: `${wire.endpoint}/elsewhere` } });
  expect(await httpClient({ allowLocal: true })(ask(wire.endpoint))).toMatchObject({ status: 307 });
  expect(wire.seen).toHaveLength(1);
});
