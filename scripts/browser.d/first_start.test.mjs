// A server that nobody has set up, as whoever installs it meets it: keys typed
// wrong and right, the first administrator, and the pages beside the three.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, person, state } from "./browser.mjs";
import { connect, enableBackup, press, rows, signIn, until } from "./journey.mjs";
import { serve, simulate } from "./world.mjs";

const SCENARIO = `
[company]
days = 1
[ringcentral]
light = 100000
medium = 100000
heavy = 100000
auth = 100000
`;

describe("a first start, without script", { concurrency: 1 }, () => {
  let browser, sim, server, who;
  const shot = (name) => state(who.page, `first_start/${name}`);

  before(async () => {
    browser = await launch();
    sim = await simulate(SCENARIO);
    server = await serve(sim, { keys: false });
    who = await person(browser, { script: false });
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    await sim?.stop();
  });

  async function enter(idLabel, id, secretLabel, secret) {
    const form = who.page.locator("form").filter({ has: who.page.getByLabel(idLabel, { exact: true }) });
    await form.getByLabel(idLabel, { exact: true }).fill(id);
    await form.getByLabel(secretLabel, { exact: true }).fill(secret);
    await form.getByRole("button", { name: "Test and keep" }).click();
  }

  test("the set-up page says what to paste", async () => {
    await who.page.goto(`${server.base}/setup`);
    const text = await who.page.locator("main").innerText();
    assert.ok(text.includes(`${server.base}/sign-in/ringcentral`) && text.includes(`${server.base}/connect/dropbox`), text);
    for (const scope of ["ReadAccounts", "ReadCallLog", "ReadCallRecording", "ReadMessages", "files.content.write"]) {
      assert.ok(text.includes(scope), scope);
    }
    await shot("01-setup");
  });

  test("wrong keys are told beside their field, and what was typed stays", async () => {
    await enter("Client ID", "no-such-app", "Client Secret", "wrong");
    await who.page.getByRole("alert").first().waitFor();
    assert.equal(await who.page.getByLabel("Client ID", { exact: true }).inputValue(), "no-such-app");
    await shot("02-setup-wrong-keys");
  });

  test("the right keys are kept, and the first administrator claims the server", async () => {
    const keys = sim.settings;
    await enter("Client ID", keys.RINGCENTRAL_CLIENT_ID, "Client Secret", keys.RINGCENTRAL_CLIENT_SECRET);
    await enter("App key", keys.DROPBOX_APP_KEY, "App secret", keys.DROPBOX_APP_SECRET);
    await shot("03-setup-done");
    await signIn(who.page, server.base, "101");
    await connect(who.page, server.base);
  });

  test("a row of the log opens to its items", async () => {
    await who.page.goto(`${server.base}/backup?view=account`);
    await enableBackup(who.page, true);
    const log = `${server.base}/log?view=account`;
    await until(who.page, log, async (page) => (await rows(page)).some((row) => Number(row[5]) > 0), "a row");
    const full = who.page.locator("main table").first().locator("tbody tr").filter({ has: who.page.locator("td", { hasText: /^[1-9]\d*$/ }) });
    await full.first().getByRole("link").first().click();
    assert.match(await who.page.locator("main").innerText(), /archived/i);
    await shot("04-row");
  });

  test("help, tokens, and a page that is not there", async () => {
    await who.page.goto(`${server.base}/help`);
    await shot("05-help");
    await who.page.goto(`${server.base}/tokens`);
    await shot("06-tokens");
    const answer = await who.page.goto(`${server.base}/no/such/page`);
    assert.equal(answer.status(), 404);
    await shot("07-no-such-page");
    await press(who.page, "LOGOUT").catch(() => {});
    assert.deepEqual(who.faults, []);
  });
});
