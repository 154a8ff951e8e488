import type { Page } from "playwright-core";
import { afterEach, describe, expect, test } from "vitest";
import type { AlertGroupsView, RoutedAlertsView, SilencesView } from "../../functions/api/views-alerting.ts";
import { MINUTE } from "../api/kit.ts";
import { badNight, routed, webhook } from "./alerting-story.ts";
import { findings } from "./axe.ts";
import { type Site, useBrowser } from "./harness.ts";

const browser = useBrowser();
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A site in the middle of a bad night. */
async function night() {
  const hook = await webhook();
  const site = await browser.site();
  const story = await badNight(site.world, hook.url);
  closing.push(hook.close, story.close);
  return { site, story, hook };
}

const read = async <T>(site: Site, path: string): Promise<T> =>
  (await (await site.world.get(`/api/v1/alerting/${path}`)).json()) as T;

const alertOf = async (site: Site, name: string) =>
  (await read<RoutedAlertsView>(site, "alerts")).items.find(({ labels }) => labels["alertname"] === name);

const posts = (site: Site) =>
  site.asked.filter(({ method, path }) => method !== "GET" && !/\/(preview|test)$/.test(path)).map(({ path }) => path);

const submit = (page: Page) => page.locator("dialog [type=submit]").click();

describe("silences", () => {
  test("one is made from an alert: what it would hide is shown before it is set, and it is one request", async () => {
    const { site } = await night();
    const kafka = await alertOf(site, "KafkaDown");
    const page = await browser.page();
    await page.goto(`${site.url}/alerts/${kafka?.fingerprint}`);
    await page.locator("[data-speak=silence]").click();
    await page.locator("dialog [data-hides='1']").waitFor();
    expect(await page.locator("[name=matchers]").inputValue()).toContain('alertname="KafkaDown"\ncluster="c1"');
    // Wider: the preview follows, and says who would hear less.
    await page.locator("[name=matchers]").fill('team="kafka"');
    await page.locator("dialog [data-hides='3']").waitFor();
    expect(await page.locator(".preview").textContent()).toMatch(/3 alerts; 2 more fit.*pager, .*team.*no alertname/s);
    await page.locator("[name=matchers]").fill('team=~"("');
    await page.locator("dialog .preview .bad").waitFor();
    await submit(page);
    expect(posts(site)).toEqual([]);
    await page.locator("[name=matchers]").fill('alertname="KafkaDown"');
    await page.locator("dialog [data-hides='1']").waitFor();
    await submit(page);
    await page.locator("dialog .bad", { hasText: "Say why" }).waitFor();
    expect(await page.locator(".will-happen").textContent()).toMatch(
      /nobody is told of 1 alert.*Ends by itself at .*2 h from now/s,
    );
    await page.locator("[name=lasts]").selectOption("8h");
    await page.locator("[name=untilResolved]").check();
    await page.locator("[name=why]").fill("planned work on the broker");
    await page.locator("[name=by]").fill("ada");
    await submit(page);
    await page.locator("dialog .act-status", { hasText: "Set: silence" }).waitFor();
    expect(posts(site)).toEqual(["/api/v1/alerting/silences"]);
    expect(site.asked.find(({ path }) => path.endsWith("/silences"))?.key).toBeTruthy();
    const made = (await read<SilencesView>(site, "silences")).items.find((one) => one.comment.startsWith("planned"));
    expect(made).toMatchObject({
      createdBy: "ada",
      untilResolved: true,
      matches: 1,
      state: "active",
      matcherSets: [[{ name: "alertname", op: "=", value: "KafkaDown" }]],
    });
    expect((made?.endsAt ?? 0) - (made?.startsAt ?? 0)).toBe(480 * MINUTE);
    await page.locator("dialog .primary").click();
    await page.locator(".held-by", { hasText: "planned work on the broker" }).waitFor();
    await page.locator(".routed-suppressed").first().waitFor();
  });

  test("one that comes again on working nights is made, changed in place, and ended", async () => {
    const { site } = await night();
    const page = await browser.page();
    await page.goto(`${site.url}/alerts/silences`);
    await page.locator(".silences tr[data-row]").waitFor();
    await page.locator("[data-silence=new]").click();
    await page.locator("[name=matchers]").fill('alertname="BatchLate"\n\nteam="nobody"');
    await page.locator("[name=lasts]").selectOption("30d");
    await page.locator("[name=recurs]").selectOption("weekly");
    await page.locator("[name=from]").fill("22:00");
    await page.locator("[name=to]").fill("06:00");
    await page.locator("[name=zone]").fill("Europe/Berlin");
    await page.locator("[name=why]").fill("nightly batches");
    await page.locator(".preview [data-hides]").waitFor();
    await submit(page);
    await page.locator("dialog .bad", { hasText: "end of a day is 24:00" }).waitFor();
    await page.locator("[name=to]").fill("24:00");
    await page.locator("[name=day-friday]").uncheck();
    expect(await page.locator(".will-happen").textContent()).toContain(
      "Mon and Tue and Wed and Thu, 22:00 to 24:00, Europe/Berlin",
    );
    await page.locator("[name=remindBefore]").selectOption("1h");
    await page.locator("[name=remindTo]").selectOption("team");
    await submit(page);
    await page.locator("dialog .act-status").waitFor();
    await page.locator("dialog .primary").click();
    const silences = async () => (await read<SilencesView>(site, "silences")).items;
    const made = (await silences()).find((one) => one.comment === "nightly batches");
    expect(made).toMatchObject({
      matcherSets: [[{ value: "BatchLate" }], [{ value: "nobody" }]],
      recurs: [{ times: [{ begin: 1320, end: 1440 }], location: "Europe/Berlin" }],
      remind: { beforeMs: 3_600_000, receiver: "team" },
    });
    // Another comment: the same silence, its windows and its notice stay.
    const row = page.locator(`tr[data-row="${made?.id}"]`);
    await row.locator("[data-silence=edit]").click();
    await page.locator(".preview [data-hides]").waitFor();
    expect(await page.locator(".will-happen").textContent()).toContain("the same silence");
    await page.locator("[name=why]").fill("nightly batches, agreed with ops");
    await submit(page);
    await page.locator("dialog .act-status", { hasText: "Changed" }).waitFor();
    await page.locator("dialog .primary").click();
    await row.filter({ hasText: "agreed with ops" }).waitFor();
    const changed = (await silences()).find((one) => one.id === made?.id);
    expect(changed).toEqual({ ...made, comment: "nightly batches, agreed with ops", updatedAt: changed?.updatedAt });
    // Other matchers: the past is not rewritten.
    await row.locator("[data-silence=edit]").click();
    await page.locator("[name=matchers]").fill('alertname="BatchLate"');
    await page.locator(".preview [data-hides]").waitFor();
    expect(await page.locator(".will-happen").textContent()).toContain("a new one with another id");
    await submit(page);
    await page.locator("dialog .act-status", { hasText: "Set anew" }).waitFor();
    await page.locator("dialog .primary").click();
    const next = (await silences()).find((one) => one.state === "active" && one.comment.startsWith("nightly"));
    expect(next?.id).not.toBe(made?.id);
    const fresh = page.locator(`tr[data-row="${next?.id}"]`);
    await fresh.locator("[data-silence=expire]").click();
    await page.locator("dialog .will-happen").waitFor();
    await submit(page);
    await page.locator("dialog .act-status", { hasText: "Ended" }).waitFor();
    await page.locator("dialog .primary").click();
    await fresh.locator(".silence-state-expired").waitFor();
    expect((await silences()).filter((one) => one.state === "active").length).toBe(1);
  });
});

describe("acknowledging", () => {
  test("wants a comment, is one request with a key, shows its record, and stands beside the alert; it can be taken back", async () => {
    const { site } = await night();
    const page = await browser.page();
    await page.goto(`${site.url}/alerts/on-call`);
    const waiting = page.locator(".groups tr[data-row]", { hasText: "KafkaDown" }).first();
    await waiting.waitFor();
    expect(await page.locator(".escalations").textContent()).toContain("storage");
    await waiting.locator("[data-row-link]").click();
    await page.locator("[data-next-flush]").waitFor();
    await page.locator("[data-speak=acknowledge]").click();
    await submit(page);
    await page.locator("dialog .bad", { hasText: "Say why" }).waitFor();
    await page.locator("[name=why]").fill("restarting the broker");
    await page.locator("[name=by]").fill("ada");
    await submit(page);
    const record = page.locator("dialog [data-record]");
    await record.waitFor();
    const id = (await record.getAttribute("data-record")) ?? "";
    expect((await site.world.journal.get("default", id))?.reason).toBe("acknowledged");
    expect(posts(site).length).toBe(1);
    await record.locator("button").click();
    await page.locator(`[data-drawer="${id}"] .sentence`).waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".facts", { hasText: "restarting the broker" }).waitFor();
    const acked = (await read<AlertGroupsView>(site, "groups")).items.filter((one) => one.acknowledged);
    expect(acked.map(({ acknowledged }) => acknowledged?.comment)).toEqual(["restarting the broker"]);
    await page.locator("[data-speak=unacknowledge]").click();
    await page.locator("[name=why]").fill("it was another one");
    await submit(page);
    await record.waitFor();
    await page.locator("dialog .primary").click();
    await page.locator("[data-speak=acknowledge]").waitFor();
  });
});

describe("one alert", () => {
  test("says why it was told of or not: routes, group, timers, who holds it back, each attempt with its answer", async () => {
    const { site, hook, story } = await night();
    const page = await browser.page();
    const lag = await alertOf(site, "KafkaConsumerLag");
    await page.goto(`${site.url}/alerts/${lag?.fingerprint}`);
    await page.locator(".held-by").waitFor();
    expect(await page.locator(".held-by").textContent()).toMatch(/another alert, ClusterDown, which inhibits it/);
    expect(await page.locator(".tree .step-refused").count()).toBeGreaterThan(1);
    expect(await page.locator(".route-refused").first().textContent()).toContain('severity="critical"');
    await page.locator(".held-by a").click();
    await page.locator("h1", { hasText: "Cluster c2 does not answer" }).waitFor();
    expect(await page.locator("[data-next-flush]").first().textContent()).toMatch(/in \d+ s, at \d\d:/);
    await page.locator(".notified .answer", { hasText: "delivered" }).first().waitFor();
    await page.locator(".notified [data-row-link]").first().click();
    await page
      .locator("[data-drawer]", { hasText: /Tell (pager|team) by webhook\[0\] of 1 firing: first notification/ })
      .waitFor();
    const batch = await alertOf(site, "BatchLate");
    await page.goto(`${site.url}/alerts/${batch?.fingerprint}`);
    await page.locator(".held-by", { hasText: "time interval always" }).waitFor();
    // A receiver that refuses is told again; both answers stand there.
    hook.refuse(2);
    await story.post({ labels: { alertname: "DiskGone", severity: "info" } });
    await story.pass(MINUTE);
    const gone = await alertOf(site, "DiskGone");
    await page.goto(`${site.url}/alerts/alr_${gone?.fingerprint}?at=1`);
    await page.locator(".attempts").waitFor();
    expect(await page.locator(".attempts").textContent()).toMatch(/^delivered, at try 3, after 2 × ".*500.*"/);
    await page.goto(`${site.url}/alerts/0123456789abcdef`);
    await page.locator(".look-error", { hasText: "no alert" }).waitFor();
  });
});

describe("the tree of routes", () => {
  test("shows where typed labels would go and why not elsewhere; the address says it again", async () => {
    const { site } = await night();
    const page = await browser.page();
    await page.goto(`${site.url}/alerts/routes`);
    await page.locator("[data-route]").first().waitFor();
    expect(await page.locator("[data-route]").count()).toBe(5);
    await page.locator(".tester [name=labels]").fill("alertname=DiskFull severity");
    await page.locator(".tester [type=submit]").click();
    await page.locator(".tester .bad", { hasText: "“severity”" }).waitFor();
    await page
      .locator(".tester [name=labels]")
      .fill('alertname=DiskFull severity=critical team=kafka kind="disk" instance=db-2');
    await page.locator(".tester [type=submit]").click();
    await page.locator("[data-tested]").waitFor();
    const tested = await page.locator("[data-tested]").textContent();
    expect(tested).toMatch(/Goes to pager, storage.*by 2 routes.*held back.*Silenced by ada/s);
    expect(tested).toMatch(/group key.*first flushin \d+ s/s);
    expect(await page.locator(".tree .route-chosen .route-head strong").allTextContents()).toEqual([
      "pager",
      "storage",
    ]);
    expect(await page.locator(".tree .route-refused").textContent()).toContain("night");
    await page.reload();
    await page.locator("[data-tested]", { hasText: "pager, storage" }).waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
    await page.locator("[data-tested]").waitFor({ state: "detached" });
  });

  test("a trial message goes out, and what the receiver answered is shown", async () => {
    const { site, hook } = await night();
    const before = hook.told.length;
    const page = await browser.page();
    await page.goto(`${site.url}/alerts/on-call`);
    const duty = page.locator(".on-duty tbody tr");
    await duty.first().waitFor();
    expect(await duty.allTextContents()).toEqual(["primary Europe/BerlinAnn Example", "evenings UTCnobody"]);
    await page.locator("li", { hasText: "prod tells ann (primary); then bob" }).waitFor();
    await page.locator("[data-trial=storage]").click();
    await submit(page);
    await page.locator("dialog .act-status", { hasText: "webhook[0]: delivered" }).waitFor();
    expect(hook.told.slice(before).map(({ receiver }) => receiver)).toEqual(["storage"]);
  });
});

describe("the overview", () => {
  test("puts first what fires and nobody sees to, with the button beside it; searching finds the same alerts", async () => {
    const { site } = await night();
    const page = await browser.page();
    await page.goto(site.url);
    const need = page.locator(".need", { hasText: "firing" });
    await need.first().waitFor();
    expect(await page.locator("h1").textContent()).toMatch(/3 alerts fire, 3 held back/);
    expect(await need.allTextContents()).toEqual([
      expect.stringMatching(/ClusterDown|KafkaDown/),
      expect.stringMatching(/ClusterDown|KafkaDown/),
      expect.stringMatching(/DiskFull.*fills up.*db-1/),
    ]);
    await need.filter({ hasText: "DiskFull" }).locator("[data-speak=acknowledge]").click();
    await page.locator("[name=why]").fill("on it");
    await submit(page);
    await page.locator("dialog [data-record]").waitFor();
    await page.locator("dialog .primary").click();
    await need.filter({ hasText: "DiskFull" }).waitFor({ state: "detached" });
    await page.keyboard.press("/");
    await page.keyboard.type("billing");
    await page.locator("[role=option]", { hasText: "alert, suppressed" }).waitFor();
    await page.keyboard.press("Enter");
    await page.locator("h1", { hasText: "High consumer lag detected" }).waitFor();
  });
});

describe("history", () => {
  test("is searched by text, receiver and time of the address, exported, and summed up", async () => {
    const { site } = await night();
    const page = await browser.page();
    await page.goto(`${site.url}/alerts/history`);
    const rows = page.locator(".notified tr[data-row]");
    await rows.first().waitFor();
    const all = await rows.count();
    await page.locator("[name=receiver]").selectOption("storage");
    await page.waitForFunction((count) => document.querySelectorAll(".notified tr[data-row]").length < count, all);
    expect(new Set(await page.locator(".notified .to bdi").allTextContents())).toEqual(new Set(["storage"]));
    expect(await page.locator("[data-export=csv]").getAttribute("href")).toContain("receiver=storage");
    const saved = page.waitForEvent("download");
    await page.locator("[data-export=csv]").click();
    expect((await saved).suggestedFilename()).toBe("notifications.csv");
    await page.goto(`${site.url}/alerts/history?q=c2`);
    await page.locator(".notified tr[data-row]", { hasText: "ClusterDown" }).first().waitFor();
    expect(await page.locator(".noise tbody tr").count()).toBeGreaterThan(1);
    await page.goto(`${site.url}/alerts/history?to=2001-01-01T00:00:00Z`);
    await page.locator(".look-empty", { hasText: "Nobody was told" }).waitFor();
  });
});

describe("how the pages of alerting look", () => {
  test("axe-core finds nothing serious, light and dark; at 360 px nothing scrolls sideways, whatever the labels are", async () => {
    const { site, story } = await night();
    await story.post({
      labels: {
        alertname: `<img src=x onerror="window.hacked=1">${"n".repeat(200)}`,
        severity: "critical",
        team: "kafka",
        cluster: "مجموعة 🦄 ".repeat(20),
        [`l${"o".repeat(150)}ng`]: "x".repeat(200),
      },
      annotations: { summary: "ש".repeat(300), link: "javascript:alert(1)" },
      from: "javascript:alert(1)",
    });
    await story.pass(MINUTE);
    const { items } = await read<RoutedAlertsView>(site, "alerts");
    const hostile = items.find(({ labels }) => labels["alertname"]?.startsWith("<img"));
    const pages = [
      ["/alerts", ".routed tr[data-row]"],
      [`/alerts/${hostile?.fingerprint}`, ".tree"],
      ["/alerts/groups", ".groups tr[data-row]"],
      [`/alerts/groups/${hostile?.groups[0]?.id}`, "[data-next-flush]"],
      ["/alerts/silences", ".silences tr[data-row]"],
      ["/alerts/history", ".notified tr[data-row]"],
      ["/alerts/routes?labels=alertname%3DKafkaDown%20severity%3Dcritical", "[data-tested]"],
      ["/alerts/on-call", ".receivers tbody tr"],
    ] as const;
    const page = await browser.page();
    // Of all rules only contrast depends on the theme; these pages have every colour that the others have.
    const coloured = ["/alerts", "/alerts/on-call", "dialog"];
    const nothingSerious = async (what: string) => {
      expect(await findings(page), what).toEqual([]);
      if (!coloured.includes(what)) return;
      await page.emulateMedia({ colorScheme: "dark" });
      await page.locator("html[data-theme=dark]").waitFor();
      expect(await findings(page, "contrast"), `${what}, dark`).toEqual([]);
      await page.emulateMedia({ colorScheme: "light" });
      await page.locator("html[data-theme=light]").waitFor();
    };
    for (const [path, ready] of pages) {
      await page.goto(site.url + path);
      await page.locator(ready).first().waitFor();
      await nothingSerious(path);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBe(1280);
      await page.setViewportSize({ width: 360, height: 740 });
      await page.waitForFunction(() => innerWidth === 360);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBe(360);
      await page.setViewportSize({ width: 1280, height: 900 });
      expect(await page.locator("a[href^=javascript]").count(), path).toBe(0);
      expect(await page.evaluate(() => (window as { hacked?: number }).hacked), path).toBeUndefined();
    }
    await page.goto(`${site.url}/alerts/silences`);
    await page.locator("[data-silence=new]").click();
    await page.locator("[name=matchers]").fill('team="kafka"');
    await page.locator(".preview-alerts li").first().waitFor();
    await nothingSerious("dialog");
  }, 60_000);

  test("empty, loading, stale, error and denied are five different looks; a key that may only look cannot act", async () => {
    const hook = await webhook();
    const site = await browser.site();
    const quiet = await routed(site.world, hook.url);
    const closed = await browser.site({ access: "keys" });
    const shut = await routed(closed.world, hook.url);
    closing.push(hook.close, quiet.close, shut.close);
    const seen = new Set<string>();
    const look = async (page: Page, selector: string) => {
      const found = page.locator(selector).first();
      await found.waitFor();
      seen.add(await found.evaluate((element) => element.className));
    };
    const page = await browser.page();
    for (const path of ["/alerts", "/alerts/groups", "/alerts/silences", "/alerts/history"]) {
      await page.goto(site.url + path);
      await look(page, ".look-empty");
    }
    const slow = await browser.page();
    await slow.route("**/api/v1/alerting/**", () => {});
    const broken = await browser.page();
    const problem = { title: "x", status: 503, detail: "the store does not answer", code: "store.unavailable" };
    await broken.route("**/api/v1/alerting/**", (route) => route.fulfill({ status: 503, json: problem }));
    for (const path of ["/alerts", "/alerts/0123456789abcdef", "/alerts/groups/grp_1", "/alerts/routes"]) {
      await slow.goto(site.url + path);
      await look(slow, ".look-loading");
      await broken.goto(site.url + path);
      await broken.locator(".look-error", { hasText: "the store does not answer" }).first().waitFor();
      await look(broken, ".look-error");
    }
    const stranger = await browser.page();
    await stranger.goto(`${closed.url}/alerts`);
    await look(stranger, ".look-denied");
    const key = await closed.world.key("read");
    await stranger.addInitScript((text) => sessionStorage.setItem("headgate.key", text), key);
    await stranger.goto(`${closed.url}/alerts/silences`);
    await stranger.locator("[data-silence=new]:disabled").waitFor();
    expect(await stranger.locator(".act-denied").textContent()).toContain("scope operate");
    await page.locator(".live-live").waitFor();
    await site.goAway();
    await look(page, ".banner-stale");
    expect(seen.size).toBe(5);
  });

  test("where alerting is off the rules stand there as ever, with a sentence that says how it is switched on", async () => {
    const site = await browser.site();
    const page = await browser.page();
    await page.goto(`${site.url}/alerts`);
    await page.locator("main", { hasText: "name your alertmanager.yml under alerting:" }).waitFor();
    await page.locator("h2", { hasText: "Rules" }).waitFor();
    expect(await page.locator(".tabs").count()).toBe(0);
    await page.goto(`${site.url}/alerts/silences`);
    await page.locator(".look-empty", { hasText: "Alerting is off" }).waitFor();
  });

  test("an alert that is posted appears by itself; a key walks through the list and opens one", async () => {
    const hook = await webhook();
    const site = await browser.site();
    const story = await routed(site.world, hook.url);
    closing.push(hook.close, story.close);
    const page = await browser.page();
    await page.goto(`${site.url}/alerts`);
    await page.locator(".look-empty", { hasText: "Nothing fires" }).waitFor();
    await page.locator(".live-live").waitFor();
    await story.post({ labels: { alertname: "KafkaDown", severity: "critical" } });
    await page.locator(".routed tr[data-row]", { hasText: "KafkaDown" }).waitFor();
    expect(await page.locator("h1").textContent()).toBe("1 alert fires");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.locator("h1", { hasText: "KafkaDown" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("a");
    await page.waitForURL("**/alerts");
  });
});
