// An item of the archive in a real browser: a recording plays and seeks by
// range, out of Dropbox through the server; texts are read as conversations.
// Both roles, with script and without; axe-core in both themes.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { state } from "./browser.mjs";
import { company, end } from "./company.mjs";
import { connect, enableBackup, press, rows, signIn, until } from "./journey.mjs";

const SCENARIO = `
[company]
days = 1
[ringcentral]
light = 100000
medium = 100000
heavy = 100000
auth = 100000
`;

/** The answers that a page gets for the bytes of items: status and range. */
function listen(page) {
  const heard = [];
  page.on("response", (answer) => {
    if (!answer.url().endsWith("/content")) return;
    heard.push({ status: answer.status(), range: answer.request().headers().range, headers: answer.headers() });
  });
  return heard;
}

/** Turns the player to a second and lets it play from there; tells where it is
 * when it has gone on. */
const playFrom = (page, second) =>
  page.locator("audio").evaluate(async (sound, from) => {
    sound.muted = true;
    sound.currentTime = from;
    await sound.play();
    while (sound.currentTime <= from + 0.2) await new Promise((on) => sound.addEventListener("timeupdate", on, { once: true }));
    sound.pause();
    return sound.currentTime;
  }, second);

for (const script of [true, false]) {
  const mode = script ? "with_script" : "without_script";
  describe(`items of the archive, ${mode}`, { concurrency: 1 }, () => {
    let browser, sim, server, admin, user;
    const shot = (who, name) => state(who.page, `item_${mode}/${name}`);

    /** Opens the first archived item of a search, of those that lie in such a
     * file. */
    async function open(who, query, ending = "") {
      const found = `${server.base}/archive?view=extension&${query}`;
      const archived = { has: who.page.locator(".status.archived"), hasText: ending };
      const there = async (page) => (await page.locator("tbody tr", archived).count()) > 0;
      await until(who.page, found, there, query);
      const row = who.page.locator("tbody tr", archived).first();
      const href = await row.locator("td a").first().getAttribute("href");
      await who.page.goto(`${server.base}${href}`);
      return href;
    }

    before(async () => {
      ({ browser, sim, server, admin, user } = await company(SCENARIO, script));
      for (const [who, number] of [[admin, "101"], [user, "103"]]) {
        await signIn(who.page, server.base, number);
        await connect(who.page, server.base);
        await who.page.goto(`${server.base}/backup?view=extension`);
        await enableBackup(who.page, true);
      }
    });
    after(() => end({ browser, server, sim }));

    test("a voicemail plays, and seeks by range", async () => {
      const { page } = admin;
      const heard = listen(page);
      await open(admin, "type=voicemail&min=4");
      const sound = page.locator("audio");
      await sound.waitFor();
      assert.equal(await page.getByRole("button", { name: "10 s on" }).isVisible(), script);
      await shot(admin, "01-voicemail");
      const drawn = () => page.locator("img.waveform").evaluate((it) => it.complete && it.naturalWidth);
      if (script) {
        await page.locator("img.waveform").evaluate((it) => it.decode());
        assert.equal(await drawn(), 600);
        const reached = await playFrom(page, 0);
        assert.ok(reached > 0.2, String(reached));
        const length = await sound.evaluate((it) => it.duration);
        assert.ok(length >= 3, String(length));
        const later = await playFrom(page, length - 1.5);
        assert.ok(later > length - 1.4, `${later} of ${length}`);
        assert.equal(await sound.evaluate((it) => it.error), null);
        assert.ok(heard.some((it) => it.status === 206 && it.range?.startsWith("bytes=")), JSON.stringify(heard));
        await page.getByLabel("Speed").selectOption("1.5");
        assert.equal(await sound.evaluate((it) => it.playbackRate), 1.5);
        const at = () => sound.evaluate((it) => it.currentTime);
        const stood = await at();
        await page.getByRole("button", { name: "10 s back" }).click();
        const back = await at();
        assert.ok(Math.abs(back - Math.max(0, stood - 10)) < 0.1, `${stood} became ${back}`);
        await page.locator("main").focus();
        await page.keyboard.press("ArrowRight");
        assert.ok((await at()) > back + 1);
      }
    });

    test("a recording in MP3 plays, and seeks by range", async () => {
      const { page } = admin;
      const heard = listen(page);
      await open(admin, "type=recordings&min=4", ".mp3");
      const sound = page.locator("audio");
      await sound.waitFor();
      await shot(admin, "01-recording");
      if (script) {
        const reached = await playFrom(page, 0);
        assert.ok(reached > 0.2, String(reached));
        const length = await sound.evaluate((it) => it.duration);
        const later = await playFrom(page, length - 1.5);
        assert.ok(later > length - 1.4, `${later} of ${length}`);
        assert.equal(await sound.evaluate((it) => it.error), null);
        assert.ok(heard.some((it) => it.status === 206 && it.headers["content-type"] === "audio/mpeg"), JSON.stringify(heard));
      }
    });

    test("the middle of a file comes by itself", async () => {
      const { page } = admin;
      const href = await page.locator("audio").getAttribute("src");
      const whole = await page.request.get(`${server.base}${href}`);
      const bytes = await whole.body();
      const middle = await page.request.get(`${server.base}${href}`, { headers: { range: "bytes=1000-1099" } });
      assert.equal(middle.status(), 206);
      assert.equal(middle.headers()["content-range"], `bytes 1000-1099/${bytes.length}`);
      assert.deepEqual(await middle.body(), bytes.subarray(1000, 1100));
      assert.match(whole.headers()["content-security-policy"], /^sandbox;/);
    });

    test("a fax is a file to save, and never a page of ours", async () => {
      const { page } = admin;
      const href = await open(admin, "type=fax");
      await page.getByText("is not shown here").waitFor();
      await shot(admin, "02-fax");
      const answer = await page.request.get(`${server.base}${href}/content`);
      assert.equal(answer.headers()["content-type"], "application/octet-stream");
      assert.match(answer.headers()["content-disposition"], /^attachment;/);
      const saving = page.waitForEvent("download");
      await press(page, "DOWNLOAD");
      assert.match((await saving).suggestedFilename(), /fax/);
    });

    test("a text leads to its conversation, which can be printed", async () => {
      for (const who of [admin, user]) {
        const { page } = who;
        await open(who, "type=sms");
        await press(page, "OPEN THE CONVERSATION");
        await page.locator(".bubble").first().waitFor();
        await shot(who, `03-conversation-${who === admin ? "admin" : "user"}`);
        const printed = await page.evaluate(() => document.querySelectorAll(".bubble").length);
        assert.ok(printed > 0);
        await page.emulateMedia({ media: "print" });
        assert.equal(await page.locator("nav").isVisible(), false);
        await page.emulateMedia({ media: "screen" });
        await press(page, "All conversations");
        await page.getByRole("heading", { name: "Conversations" }).waitFor();
        assert.ok((await rows(page)).length > 0);
        await shot(who, `04-conversations-${who === admin ? "admin" : "user"}`);
      }
    });

    test("a user sees nothing of others", async () => {
      const theirs = await open(admin, "type=sms");
      for (const way of ["", "/content", "/file"]) {
        const answer = await user.page.request.get(`${server.base}${theirs}${way}`);
        assert.equal(answer.status(), 404, way);
      }
      assert.deepEqual([...admin.faults, ...user.faults], []);
    });
  });
}
