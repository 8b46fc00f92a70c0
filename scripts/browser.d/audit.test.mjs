// The audit log in a real browser: what was done before is there, the filter
// works, the files come, and a user gets nothing of it. With script and
// without; axe-core in both themes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { state } from "./browser.mjs";
import { company, end } from "./company.mjs";
import { connect, enableBackup, press, rows, signIn } from "./journey.mjs";

const SCENARIO = `
[company]
days = 1
[ringcentral]
light = 100000
medium = 100000
heavy = 100000
auth = 100000
`;

for (const script of [true, false]) {
  const mode = script ? "with_script" : "without_script";
  describe(`the audit log, ${mode}`, { concurrency: 1 }, () => {
    let browser, sim, server, admin, user;
    const shot = (who, name) => state(who.page, `audit_${mode}/${name}`);

    before(async () => {
      ({ browser, sim, server, admin, user } = await company(SCENARIO, script));
    });
    after(() => end({ browser, server, sim }));

    test("a tab for administrators, after all others", async () => {
      await signIn(admin.page, server.base, "101");
      const tabs = await admin.page.locator("nav a").allInnerTexts();
      assert.deepEqual(tabs.slice(0, 6), ["GENERAL", "BACKUP", "LOG", "ARCHIVE", "COVERAGE", "AUDIT"]);
      await connect(admin.page, server.base);
      await admin.page.goto(`${server.base}/backup`);
      await enableBackup(admin.page, true);
      await admin.page.goto(`${server.base}/log`);
      await press(admin.page, "AUDIT");
      await admin.page.getByRole("heading", { name: "Audit Log" }).waitFor();
    });

    test("what was done is there, newest first", async () => {
      const what = (await rows(admin.page)).map((row) => row[3]);
      const order = ["Task Log seen", "Enable backup turned", "Connected", "Signed in"];
      const places = order.map((it) => what.indexOf(it));
      assert.ok(places.every((it) => it >= 0), what.join(", "));
      assert.deepEqual([...places].sort((a, b) => a - b), places);
      await shot(admin, "01-all");
    });

    test("the filter keeps what is asked for, and tells what makes no sense", async () => {
      const page = admin.page;
      await page.getByLabel("Person:").fill("101");
      await page.getByLabel("Action:").selectOption({ label: "Backups" });
      await press(page, "GO");
      const found = await rows(page);
      assert.deepEqual(found.map((row) => row[3]), ["Enable backup turned"]);
      await shot(admin, "02-filter");
      await page.getByLabel("Person:").fill("no such person");
      await page.getByLabel("From:").fill("yesterdy");
      await press(page, "GO");
      assert.equal(await page.getByRole("alert").count(), 2);
      assert.equal(await page.getByLabel("Person:").inputValue(), "no such person");
      await shot(admin, "03-wrong");
    });

    test("the files come", async () => {
      await admin.page.goto(`${server.base}/audit`);
      for (const [name, begins] of [["Download as CSV", "\ufeffNo.,"], ["Download everything, to be checked (JSONL)", '{"account"']]) {
        const coming = admin.page.waitForEvent("download");
        await press(admin.page, name);
        const text = readFileSync(await (await coming).path(), "utf8");
        assert.ok(text.startsWith(begins), text.slice(0, 80));
      }
    });

    test("the server's own log", async () => {
      await admin.page.goto(`${server.base}/audit`);
      await press(admin.page, "This server");
      assert.ok((await rows(admin.page)).some((row) => row[3] === "Sign-in begun"));
      await shot(admin, "04-server");
    });

    test("a user sees neither tab nor page", async () => {
      await signIn(user.page, server.base, "103");
      assert.ok(!(await user.page.locator("nav a").allInnerTexts()).includes("AUDIT"));
      const answer = await user.page.goto(`${server.base}/audit`);
      assert.equal(answer.status(), 403);
      await shot(user, "05-user");
      assert.deepEqual([...admin.faults, ...user.faults], []);
    });
  });
}
