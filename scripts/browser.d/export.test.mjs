// Handing over in a real browser: what a search finds becomes a ZIP, which is
// downloaded and checked by its own script and by Python's library. With
// script and without; axe-core in both themes.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
const CHECK = join(process.env.BROWSER_SCRIPTS, "check-export");

for (const script of [true, false]) {
  const mode = script ? "with_script" : "without_script";
  describe(`handing over, ${mode}`, { concurrency: 1 }, () => {
    let browser, sim, server, admin, user, folder, exported;
    const shot = (who, name) => state(who.page, `export_${mode}/${name}`);
    const fact = (page, name) => page.locator("dt", { hasText: name }).first().locator("xpath=following-sibling::dd[1]").innerText();

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), "exports-"));
      ({ browser, sim, server, admin, user } = await company(SCENARIO, script));
    });
    after(async () => {
      rmSync(folder, { recursive: true, force: true });
      await end({ browser, server, sim });
    });

    /** Waits until the export whose page it is is ready: the page renews
     * itself by its script, or is asked again. */
    async function ready(page) {
      if (script) {
        await page.getByRole("link", { name: "DOWNLOAD" }).waitFor();
      } else {
        await until(page, page.url(), async (it) => (await it.getByRole("link", { name: "DOWNLOAD" }).count()) > 0, "a ZIP");
      }
    }

    async function archived(who, number, view) {
      await signIn(who.page, server.base, number);
      await connect(who.page, server.base);
      await who.page.goto(`${server.base}/backup${view}`);
      await enableBackup(who.page, true);
      const isThere = async (page) => (await rows(page)).some((row) => row[1] === "SMS" && row[8] === "archived");
      await until(who.page, `${server.base}/archive${view}`, isThere, "an archived text");
    }

    test("there are none before one is asked for", async () => {
      await archived(admin, "101", "?view=extension");
      const page = admin.page;
      await press(page, "Your exports");
      await page.getByText("There are none.").waitFor();
      await shot(admin, "01-none");
    });

    test("what a search finds is made, and its page says so", async () => {
      const page = admin.page;
      await page.goto(`${server.base}/archive?view=extension&type=sms`);
      await press(page, "EXPORT WHAT IS FOUND");
      exported = page.url();
      await ready(page);
      assert.equal(await fact(page, "State"), "ready");
      assert.ok(Number(await fact(page, "Items in it")) > 0);
      await shot(admin, "02-ready");
    });

    test("the download proves itself with standard tools", async () => {
      const page = admin.page;
      const [download] = await Promise.all([page.waitForEvent("download"), press(page, "DOWNLOAD")]);
      assert.match(download.suggestedFilename(), /^archive-.*\.zip$/);
      const zip = join(folder, "all.zip");
      await download.saveAs(zip);
      execFileSync("python3", [CHECK, zip]);
      execFileSync("python3", ["-m", "zipfile", "-e", zip, join(folder, "unpacked")]);
      const verified = execFileSync("sh", [join(folder, "unpacked", "verify.sh")], { encoding: "utf8" });
      assert.match(verified, /^ok: all /);
    });

    test("a part of it is that part of the whole", async () => {
      const whole = await admin.context.request.get(`${exported}/file`);
      const bytes = await whole.body();
      assert.equal(Number(whole.headers()["content-length"]), bytes.length);
      const middle = bytes.length >> 1;
      const rest = await admin.context.request.get(`${exported}/file`, {
        headers: { range: `bytes=${middle}-`, "if-range": whole.headers()["etag"] },
      });
      assert.equal(rest.status(), 206);
      assert.deepEqual(await rest.body(), bytes.subarray(middle));
    });

    test("nothing found is told on its page, and it can be deleted", async () => {
      const page = admin.page;
      await page.goto(`${server.base}/archive?view=extension&type=sms`);
      // What was found is gone meanwhile.
      await page.locator("form[action='/archive/exports'] [name=query]").evaluate((it) => { it.value = "view=extension&q=nobodysaidthis"; });
      await press(page, "EXPORT WHAT IS FOUND");
      await until(page, page.url(), async (it) => (await it.getByText("nothing was found").count()) > 0, "why not");
      await shot(admin, "03-broken");
      await press(page, "DELETE THIS EXPORT");
      await page.getByText("The export is forgotten.").waitFor();
      await shot(admin, "04-all");
      assert.equal((await rows(page)).length, 1);
    });

    test("a user exports their own, and sees nobody else's", async () => {
      await archived(user, "103", "");
      const page = user.page;
      const foreign = await page.goto(exported);
      assert.equal(foreign.status(), 404);
      assert.equal((await page.context().request.get(`${exported}/file`)).status(), 404);
      await page.goto(`${server.base}/archive?type=sms`);
      await press(page, "EXPORT WHAT IS FOUND");
      await ready(page);
      await shot(user, "05-user");
      assert.deepEqual([...admin.faults, ...user.faults], []);
    });
  });
}
