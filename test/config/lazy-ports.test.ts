import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lazyAlerts } from "../../functions/lazy-alerts.ts";
import { lazyQueries } from "../../functions/lazy-queries.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import { world } from "../api/kit.ts";
import { type AlertmanagerWire, alertmanagerWire } from "../fakes/alertmanager-wire.ts";
import { type HttpWire, httpWire } from "../fakes/http-wire.ts";

const AT = 1_700_000_000_000;
const vector = { status: "success", data: { resultType: "vector", result: [] } };

describe("the Prometheus API of a deployed function", () => {
  let wire: HttpWire;
  beforeEach(async () => {
    wire = await httpWire(() => ({ status: 200, body: JSON.stringify(vector) }));
  });
  afterEach(async () => wire.close());

  const signedBy: string[] = [];
  const clients = {
    credentials: async () => {
      signedBy.push("chain");
      return { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token" };
    },
  };
  const over = (allowLocal = true) => lazyQueries(clients, { allowLocal, now: () => AT });

  it("is nobody's where none is configured: a function keeps no samples", () => {
    expect(over()()).toBeUndefined();
  });

  it("is asked plainly without a region, and nobody's credentials are looked for", async () => {
    await over()({ url: wire.endpoint, timeout: 1_000 })?.instant("up", AT);
    expect(wire.seen[0]?.headers.authorization).toBeUndefined();
    expect(signedBy).toEqual([]);
  });

  it("is asked with a signature for Amazon Managed Prometheus in its region, by the function's own credentials", async () => {
    const queries = over()({ url: `${wire.endpoint}/workspaces/ws-1`, region: "eu-west-1", timeout: 1_000 });
    await queries?.range("up", AT - 60_000, AT, 60_000).catch(() => undefined);
    const [seen] = wire.seen;
    expect(seen?.url.pathname).toBe("/workspaces/ws-1/api/v1/query_range");
    expect(seen?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20231114\/eu-west-1\/aps\/aws4_request, SignedHeaders=/,
    );
    expect(seen?.headers["x-amz-security-token"]).toBe("token");
    expect(signedBy).toEqual(["chain"]);
  });

  it("is one for one source", () => {
    const queries = over();
    const source = { url: wire.endpoint, timeout: 1_000 };
    expect(queries(source)).toBe(queries({ ...source }));
    expect(queries(source)).not.toBe(queries({ ...source, timeout: 2_000 }));
  });

  it("may not be inside the machine", async () => {
    await expect(over(false)({ url: wire.endpoint, timeout: 1_000 })?.instant("up", AT)).rejects.toMatchObject({
      code: "query.unavailable",
      message: expect.stringContaining("may not be reached"),
    });
    expect(wire.seen).toEqual([]);
  });
});

describe("the alerts of a deployed function", () => {
  let wire: AlertmanagerWire;
  beforeEach(async () => {
    wire = await alertmanagerWire();
  });
  afterEach(async () => wire.close());

  const alert = { labels: { alertname: "A" }, annotations: {}, startsAt: AT };

  it("go to the Alertmanagers of the tenant's configuration in force, and of no other tenant's", async () => {
    const w = await world();
    const text = `version: 1\nmonitoring: { alertmanagers: ["${wire.endpoint}/am"] }\n`;
    const parsed = parseConfig(text);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    await applyConfig(w.runtime, "team", { ...parsed, text }, { by: "test" });
    const alerts = lazyAlerts(w.runtime, { allowLocal: true, warn: () => undefined });
    await alerts.send("default", [alert]);
    expect(wire.seen).toEqual([]);
    await alerts.send("team", [alert]);
    expect(wire.seen.map(({ url }) => url.pathname)).toEqual(["/am/api/v2/alerts"]);
    expect(wire.held()).toEqual([alert]);
  });
});
