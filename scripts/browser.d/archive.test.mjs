// The ARCHIVE page in a real browser: an admin finds what the company archived
// by words, people, numbers and types, shares and keeps a search; a user finds
// their own and nothing else. With script and without; axe-core in both themes.
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

for (const script of [true, false]) {
  const mode = script ? "with_script" : "without_script";
  describe(`the archive, ${mode}`, { concurrency: 1 }, () => {
    let browser, sim, server, admin, user;
    const shot = (who, name) => state(who.page, `archive_${mode}/${name}`);

    before(async () => {
      ({ browser, sim, server, admin, user } = await company(SCENARIO, script));
    });
    after(() => end({ browser, server, sim }));

    test("the fourth tab; empty until there is a backup", async () => {
      await signIn(admin.page, server.base, "101");
      const tabs = await admin.page.locator("nav a").allInnerTexts();
      assert.deepEqual(tabs.slice(0, 4), ["GENERAL", "BACKUP", "LOG", "ARCHIVE"]);
      await press(admin.page, "ARCHIVE");
      await admin.page.getByText("There is no archive yet.").waitFor();
      await shot(admin, "01-never-on");
      await connect(admin.page, server.base);
      await admin.page.goto(`${server.base}/backup?view=extension`);
      await enableBackup(admin.page, true);
    });

    test("what is archived is there, newest first", async () => {
      const own = `${server.base}/archive?view=extension`;
      await until(admin.page, own, async (page) => (await rows(page)).some((row) => row[1] === "SMS"), "a text");
      const found = await rows(admin.page);
      const times = await admin.page.locator("tbody time").evaluateAll((all) => all.map((it) => it.dateTime));
      assert.deepEqual([...times].sort().reverse(), times);
      assert.ok(found.length > 0);
      await shot(admin, "02-everything");
    });

    test("words, a type and a number narrow it, and the address is the search", async () => {
      const page = admin.page;
      await page.goto(`${server.base}/archive?view=extension&type=sms`);
      const texts = (await rows(page)).map((row) => row[9]).join(" ");
      const word = /[A-Za-z]{4,}/.exec(texts)[0];
      await page.getByLabel("Words:").fill(word);
      await press(page, "SEARCH");
      const found = await rows(page);
      assert.ok(found.length > 0 && found.every((row) => row[1] === "SMS"), word);
      assert.ok(page.url().includes(`q=${word}`));
      const shared = page.url();
      await page.goto(`${server.base}/archive?view=extension`);
      await page.goto(shared);
      assert.deepEqual(await rows(page), found);
      await shot(admin, "03-found");
    });

    test("nothing found, and what is not understood, are told", async () => {
      const page = admin.page;
      await page.getByLabel("Words:").fill("\"><script>alert(1)</script> nowhere");
      await press(page, "SEARCH");
      await page.getByText("Nothing was found.").waitFor();
      await shot(admin, "04-nothing");
      await page.goto(`${server.base}/archive?view=extension&from=yesterdy&min=long`);
      assert.equal(await page.getByRole("alert").count(), 2);
      await shot(admin, "05-wrong");
    });

    test("a search is saved, followed and deleted", async () => {
      const page = admin.page;
      await page.goto(`${server.base}/archive?view=extension&type=sms`);
      await page.getByLabel("Save this search as:").fill("All <b>texts</b>");
      await press(page, "SAVE");
      await page.getByRole("status").waitFor();
      await shot(admin, "06-saved");
      await press(page, "Show everything");
      await press(page, "All <b>texts</b>");
      assert.ok((await rows(page)).every((row) => row[1] === "SMS"));
      await page.getByRole("button", { name: "Delete the saved filter" }).click();
      await page.getByText("The saved filter is deleted.").waitFor();
    });

    test("a user finds nothing of others", async () => {
      await signIn(user.page, server.base, "103");
      await user.page.goto(`${server.base}/archive`);
      await user.page.getByText("There is no archive yet.").waitFor();
      const answer = await user.page.goto(`${server.base}/archive?view=account&q=a`);
      assert.ok([403, 404].includes(answer.status()), String(answer.status()));
      await connect(user.page, server.base);
      await user.page.goto(`${server.base}/backup`);
      await enableBackup(user.page, true);
      // A call that RingCentral lists for somebody may belong to their queue.
      const ofMessages = async (page) => (await rows(page)).filter((row) => row.length > 1 && row[1] !== "Call Recordings");
      await until(user.page, `${server.base}/archive`, async (page) => (await ofMessages(page)).length > 0, "their own");
      const messages = await ofMessages(user.page);
      const whose = new Set(messages.map((row) => row[5].split(" ")[0]));
      assert.deepEqual([...whose], ["103"]);
      await shot(user, "07-user");
      assert.deepEqual([...admin.faults, ...user.faults], []);
    });
  });
}
