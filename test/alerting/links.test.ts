import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkTrouble } from "../../functions/alerting/links.ts";
import { apiWorld } from "./api-kit.ts";
import { alert } from "./live-kit.ts";

const SECTION = "  publicUrl: https://headgate.test/\n  linkSecret: env:TEST_LINK_SECRET\n";
const DAY = 86_400_000;

beforeAll(() => void (process.env["TEST_LINK_SECRET"] = "not a secret at all"));
afterAll(() => void delete process.env["TEST_LINK_SECRET"]);

async function linked() {
  const w = await apiWorld({ access: "keys", section: SECTION });
  await w.post(alert("Down", { severity: "page" }));
  await w.until(w.clock.now() + 11_000);
  const links = w.told[0]?.links;
  if (!links) throw new Error("the message has no links");
  const path = (link: string) => link.slice("https://headgate.test".length);
  const form = (address: string, body: string) =>
    w.send(address, body, { "content-type": "application/x-www-form-urlencoded" });
  const ackedBy = async () =>
    (await w.groups()).map(({ state }) => (state as { readonly ack?: { readonly by: string } }).ack?.by);
  return { w, ack: path(links.ack), silence: path(links.silence), form, ackedBy };
}

describe("a link in a message", () => {
  it("does nothing when it is only read, so that no preview acknowledges; its form acts, without a key", async () => {
    const { w, ack, form, ackedBy } = await linked();
    const asked = await w.get(ack);
    expect([asked.status, asked.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect((await w.call("HEAD", ack)).status).toBe(200);
    expect(await ackedBy()).toEqual([undefined]);
    expect((await form(ack, "by=ada&comment=on+it")).text).toContain("Acknowledged");
    expect(await ackedBy()).toEqual(["ada (link)"]);
  });

  it("silences what the group has in common, for as long as is chosen", async () => {
    const { w, silence, form } = await linked();
    expect((await form(silence, "by=ada&for=4h")).status).toBe(200);
    const [only] = (await w.base.store.list("default", "alerting-silence")).items.map(
      ({ state }) =>
        (state as unknown as { silence: { matcherSets: unknown; startsAt: number; endsAt: number } }).silence,
    );
    expect(only?.matcherSets).toEqual([[{ name: "alertname", op: "=", value: "Down" }]]);
    expect((only?.endsAt ?? 0) - (only?.startsAt ?? 0)).toBe(4 * 3_600_000);
  });

  it.each([
    ["with another group", (link: string) => link.replace(/g=grp_./, "g=grp_x")],
    ["with another end", (link: string) => link.replace(/e=(\d+)/, (_, e: string) => `e=${Number(e) + 1}`)],
    ["with another tenant", (link: string) => link.replace("t=default", "t=other")],
    ["with another signature", (link: string) => link.replace(/s=./, "s=~")],
    ["of another action", (link: string) => link.replace("/ack?", "/silence?")],
    ["without anything", () => "/hooks/alerting/ack"],
  ])("%s opens nothing, and all of them are told the same", async (_, change) => {
    const { w, ack, form, ackedBy } = await linked();
    const answers = [await w.get(change(ack)), await form(change(ack), "by=eve")];
    for (const { status, json } of answers) expect([403, 409]).toContain(status ?? json);
    expect(await ackedBy()).toEqual([undefined]);
  });

  it("runs out after a week", async () => {
    const { w, ack } = await linked();
    w.clock.advance(8 * DAY);
    expect((await w.get(ack)).json.code).toBe("link.invalid");
  });

  it("is in no message where no secret is named", async () => {
    const w = await apiWorld();
    await w.post(alert("Down"));
    await w.until(w.clock.now() + 11_000);
    expect(w.told[0]?.links).toBeUndefined();
  });

  it.each([
    [undefined, undefined],
    ["env:TEST_LINK_SECRET", undefined],
    [
      "env:TEST_LINK_SECRET_NOT_THERE",
      "TEST_LINK_SECRET_NOT_THERE is not set in the environment of Headgate: messages have no links",
    ],
  ])("with the secret %s: whoever starts it is told %s", async (secret, told) => {
    expect(await linkTrouble(secret)).toBe(told);
  });

  it("shows labels that strangers chose as text", async () => {
    const w = await apiWorld({ access: "keys", section: SECTION });
    await w.post(alert("<script>alert(1)</script>"));
    await w.until(w.clock.now() + 11_000);
    const { text } = await w.get((w.told[0]?.links?.ack ?? "").slice("https://headgate.test".length));
    expect(text).not.toContain("<script>");
  });
});
