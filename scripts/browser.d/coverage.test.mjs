// The COVERAGE page in a real browser: an admin sees what of whom is archived
// in the calendar, the table and the files; a user sees their own and nothing
// else. Names are what a hostile company would choose. With script and
// without; axe-core in both themes.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { state } from "./browser.mjs";
import { company, end } from "./company.mjs";
import { connect, enableBackup, press, rows, signIn, until } from "./journey.mjs";

const HOSTILE = "<img src=x onerror=alert(1)>\u202e\"'=1";

const SCENARIO = `
[company]
days = 1
[ringcentral]
light = 100000
medium = 100000
heavy = 100000
auth = 100000
[ringcentral.staff.102]
name = ${JSON.stringify(HOSTILE)}
[ringcentral.staff.104]
number = "904"
`;

for (const script of [true, false]) {
  const mode = script ? "with_script" : "without_script";
  describe(`coverage, ${mode}`, { concurrency: 1 }, () => {
    let browser, sim, server, admin, user;
    const shot = (who, name) => state(who.page, `coverage_${mode}/${name}`);

    before(async () => {
      ({ browser, sim, server, admin, user } = await company(SCENARIO, script));
    });
    after(() => end({ browser, server, sim }));

    test("the tab after ARCHIVE; empty until there is a backup", async () => {
      await signIn(admin.page, server.base, "101");
      const tabs = await admin.page.locator("nav a").allInnerTexts();
      assert.deepEqual(tabs.slice(3, 5), ["ARCHIVE", "COVERAGE"]);
      await press(admin.page, "COVERAGE");
      await admin.page.getByText("Nothing is covered yet.").waitFor();
      await shot(admin, "01-never-on");
      await connect(admin.page, server.base);
      await admin.page.goto(`${server.base}/backup?view=account`);
      await enableBackup(admin.page, true);
    });

    test("the company's people with their names as text, and the calendar", async () => {
      const page = admin.page;
      const archived = (row) => row[1] === "Call Recordings" && Number(row[5]) > 0;
      await until(page, `${server.base}/coverage`, async (it) => (await rows(it)).some(archived), "an archived recording");
      const whose = (await page.locator("table.people tbody th").allInnerTexts()).map((it) => it.trim());
      assert.ok(whose.some((it) => it.includes("<img src=x")), whose.join("\n"));
      assert.ok(whose.some((it) => it.startsWith("904 ")), "renumbered");
      assert.equal(await page.locator("main img").count(), 0);
      // A square for each day, each with its words; today is the last of them.
      const days = await page.locator("svg.calendar[role=img] g title").allTextContents();
      assert.ok(days.length >= 366 && days.length <= 397, String(days.length));
      assert.match(days.at(-1), /^\d{4}-\d{2}-\d{2}: /);
      assert.ok((await page.locator("table.storage tbody tr").count()) >= 1);
      await shot(admin, "02-company");
    });

    test("one person alone, and back", async () => {
      const page = admin.page;
      await page.getByRole("link", { name: "<img src=x" }).first().click();
      await page.getByText("Only 102").waitFor();
      const whose = new Set(await page.locator("table.people tbody th").allInnerTexts());
      assert.equal(whose.size, 1);
      await shot(admin, "03-person");
      await press(page, "Show everybody");
      await page.getByText("904").first().waitFor();
    });

    test("the files hold the same, and no formula", async () => {
      const page = admin.page;
      for (const [name, head] of [["Extensions and types", "Extension id"], ["Gaps", "From,To,Why"], ["Days", "Day (UTC)"]]) {
        const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name, exact: true }).click()]);
        const chunks = [];
        for await (const chunk of await download.createReadStream()) chunks.push(chunk);
        const text = Buffer.concat(chunks).toString("utf8");
        assert.ok(text.includes(head), `${name}: ${text.slice(0, 200)}`);
        assert.ok(!/(^|,|\n)"?=/.test(text), name);
      }
    });

    test("a user sees their own and nothing else", async () => {
      await signIn(user.page, server.base, "103");
      await user.page.goto(`${server.base}/coverage`);
      await user.page.getByText("Nothing is covered yet.").waitFor();
      for (const query of ["view=account", "view=account&person=101"]) {
        const answer = await user.page.goto(`${server.base}/coverage?${query}`);
        assert.ok([403, 404].includes(answer.status()), String(answer.status()));
      }
      await connect(user.page, server.base);
      await user.page.goto(`${server.base}/backup`);
      await enableBackup(user.page, true);
      await until(user.page, `${server.base}/coverage`, async (it) => (await rows(it)).some((row) => row[1] === "SMS" && Number(row[5]) > 0), "their own");
      const whose = (await rows(user.page)).filter((row) => row[1] === "SMS").map((row) => row[0].split(" ")[0]);
      assert.deepEqual([...new Set(whose)], ["103"]);
      await shot(user, "04-user");
      assert.deepEqual([...admin.faults, ...user.faults], []);
    });
  });
}
