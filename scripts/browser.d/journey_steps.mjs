// The whole journey of both roles, from nothing to archived files and away
// again, once with script and once without (journey_*.test.mjs).
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { person, state } from "./browser.mjs";
import { company, end } from "./company.mjs";
import { connect, enableBackup, isOn, press, rows, signIn, ticks, until } from "./journey.mjs";
import { oracle } from "./world.mjs";

const ADMIN = "101";
const USER = "103";
const TYPES = ["Call Recordings", "Voice Mails", "SMS", "Fax"];
const SCENARIO = `
[company]
days = 2
[ringcentral]
light = 100000
medium = 100000
heavy = 100000
auth = 100000
delay_scale = 0.0
`;

/** `mode` is "with_script" or "without_script". */
export function journey(mode) {
  const script = mode === "with_script";
  const shot = (page, name) => state(page, `${mode}/${name}`);
  let browser, sim, server, admin, user;

  before(async () => {
    ({ browser, sim, server, admin, user } = await company(SCENARIO, script));
  });
  after(() => end({ browser, server, sim }));
  const step = (name, what) => test(`${name}_${mode}`, what);
  const files = () => oracle(`${sim.settings.DROPBOX_API_URL}/__sim/files`);
  const go = async (who, path) => {
    await who.page.goto(server.base + path);
    return who.page;
  };

  describe(`the administrator, ${mode}`, { concurrency: 1 }, () => {
    step("s_010_s_001_signing_in_with_ringcentral", async () => {
      const page = await go(admin, "/");
      await shot(page, "01-sign-in");
      await signIn(page, server.base, ADMIN);
      assert.match(await page.locator("header").innerText(), /RingCentral\s+Archiver/);
      assert.match(await page.locator("main").innerText(), /administrator/);
    });

    step("s_020_s_021_s_024_three_tabs_and_connect", async () => {
      const page = await go(admin, "/");
      const tabs = await page.locator("nav a").allInnerTexts();
      assert.deepEqual(tabs.slice(0, 3), ["GENERAL", "BACKUP", "LOG"]);
      await page.getByRole("button", { name: "CONNECT", exact: true }).waitFor();
      await shot(page, "02-general-not-connected");
    });

    step("s_041_s_042_the_switch_waits_for_the_connection", async () => {
      const page = await go(admin, "/backup");
      assert.ok(await page.getByRole("switch", { name: "Enable backup" }).isDisabled());
      assert.equal(await isOn(page), false);
      await shot(page, "03-backup-not-connected");
    });

    step("s_028_refused_consent_changes_nothing", async () => {
      await connect(admin.page, server.base, "Cancel");
      await admin.page.getByRole("button", { name: "CONNECT", exact: true }).waitFor();
      await shot(admin.page, "04-consent-refused");
      assert.deepEqual(await files(), []);
    });

    step("s_022_s_025_s_029_connecting_a_dropbox", async () => {
      await connect(admin.page, server.base);
      const text = await admin.page.locator("main").innerText();
      assert.match(text, /Connected/);
      assert.match(text, /Apps\/RingCentral Application/);
      assert.match(text, /owner@example\.com/);
      await admin.page.getByRole("button", { name: "DISCONNECT", exact: true }).waitFor();
      await shot(admin.page, "05-general-connected");
    });

    step("s_026_s_027_the_folder_is_there_before_any_task", async () => {
      const { routes } = await oracle(`${sim.settings.DROPBOX_API_URL}/__sim/requests`);
      assert.ok(routes["files/create_folder_v2"]?.["200"] >= 1, "the root folder was made");
      assert.deepEqual(await files(), [], "and no task has run");
    });

    step("s_040_s_051_s_053_s_054_account_settings", async () => {
      let page = await go(admin, "/backup");
      assert.equal(await isOn(page), false);
      assert.deepEqual(await ticks(page), {}, "no types while it is OFF");
      await press(page, "Account Settings");
      assert.equal(await isOn(page), false);
      await shot(page, "06-backup-account-off");
      await enableBackup(page, true);
      const chosen = await ticks(page);
      assert.equal(chosen["Call Recordings"], true);
      await shot(page, "07-backup-account-on");
    });

    step("history_is_paused_and_goes_on", async () => {
      const page = await go(admin, "/backup?view=account");
      await press(page, "PAUSE HISTORY");
      await page.getByRole("button", { name: "RESUME HISTORY", exact: true }).waitFor();
      const text = await page.locator("main").innerText();
      assert.match(text, /History is paused/);
      assert.match(text, /paused since/);
      assert.match(text, /Deadline/);
      await shot(page, "07b-backup-history-paused");
      await press(page, "RESUME HISTORY");
      await page.getByRole("button", { name: "PAUSE HISTORY", exact: true }).waitFor();
      await shot(page, "07c-backup-history-goes-on");
    });

    step("s_002_s_056_s_058_s_086_recordings_of_all_extensions_arrive_by_themselves", async () => {
      await until(
        admin.page,
        `${server.base}/log?view=account`,
        async (page) => (await rows(page)).some((row) => Number(row[5]) > 0 && row[2] === "success"),
        "a row with recordings",
      );
      // Beside the archive lie the manifests that vouch for it.
      const paths = (await files()).map((it) => it.path_display).filter((it) => !it.startsWith("/Archive/_archiver/"));
      const folders = new Set(paths.map((it) => it.split("/")[2]));
      assert.ok(folders.size > 2, `recordings of several extensions: ${[...folders]}`);
      assert.ok(paths.every((it) => /rec\d+\.(mp3|wav)$/.test(it)), "nothing but call recordings");
      await shot(admin.page, "08-log-account");
    });

    step("s_090_s_091_s_092_s_105_the_task_log", async () => {
      const page = await go(admin, "/log?view=account");
      await page.getByRole("heading", { name: "Task Log" }).waitFor();
      const heads = await page.locator("main table").first().locator("thead th").allInnerTexts();
      assert.deepEqual(
        heads.slice(0, 9),
        ["From", "To", "Status", "Job Start", "Job End", "Call Recording", "Voice Mail", "SMS", "FAX"],
      );
      assert.equal(await page.locator("nav a[aria-current=page]").innerText(), "LOG");
    });

    step("s_108_newest_first", async () => {
      const page = await go(admin, "/log?view=account");
      const times = await page
        .locator("main tbody[data-live] th time")
        .evaluateAll((all) => all.map((it) => Date.parse(it.dateTime)));
      assert.ok(times.length > 1 && times.every((it) => !Number.isNaN(it)), `${times}`);
      assert.deepEqual(times, [...times].sort((one, other) => other - one));
    });

    step("s_102_s_103_show_less_and_show_more", async () => {
      const page = await go(admin, "/log?view=account");
      const spans = (told) => told.map((row) => `${row[0]} to ${row[1]}`);
      const all = await rows(page);
      await press(page, "SHOW LESS");
      const less = await rows(page);
      assert.ok(less.length <= all.length);
      assert.ok(less.every((row) => row[2] !== "success" || row.slice(5, 9).some((count) => Number(count) > 0)));
      await shot(page, "09-log-show-less");
      await press(page, "SHOW MORE");
      assert.deepEqual(spans(await rows(page)), spans(all));
    });

    step("s_096_s_098_s_101_a_period", async () => {
      const page = await go(admin, "/log?view=account");
      const from = page.getByLabel("From:", { exact: true });
      assert.match(await from.inputValue(), /^[1-9]\d?\/[1-9]\d?\/\d{4}$/);
      await from.fill("not a day");
      await press(page, "GO");
      await page.getByRole("alert").first().waitFor();
      assert.equal(await page.getByLabel("From:", { exact: true }).inputValue(), "not a day");
      await shot(page, "10-log-bad-date");
    });
  });

  describe(`the extension user, ${mode}`, { concurrency: 1 }, () => {
    step("s_023_s_036_a_user_connects_too", async () => {
      await signIn(user.page, server.base, USER);
      assert.match(await user.page.locator("main").innerText(), /user/);
      await connect(user.page, server.base);
      await user.page.getByRole("button", { name: "DISCONNECT", exact: true }).waitFor();
      await shot(user.page, "20-user-general-phone");
    });

    step("s_050_s_052_the_account_view_is_refused", async () => {
      const page = await go(user, "/backup");
      assert.equal(await page.getByRole("link", { name: "Account Settings" }).count(), 0);
      const answer = await page.goto(`${server.base}/backup?view=account`);
      assert.equal(answer.status(), 403);
      await shot(page, "21-user-refused");
    });

    step("s_070_s_074_s_044_four_types", async () => {
      const page = await go(user, "/backup");
      assert.deepEqual(await ticks(page), {}, "no types while it is OFF");
      await enableBackup(page, true);
      assert.deepEqual(await ticks(page), Object.fromEntries(TYPES.map((it) => [it, true])));
      await shot(page, "22-user-backup-on");
    });

    step("s_071_s_073_only_their_own", async () => {
      await until(
        user.page,
        `${server.base}/log`,
        async (page) => (await rows(page)).some((row) => row.slice(6, 9).some((count) => Number(count) > 0)),
        "a row with messages",
      );
      const messages = (await files()).map((it) => it.path_display).filter((it) => /msg\d+/.test(it));
      assert.ok(messages.length > 0);
      const folders = new Set(messages.map((it) => it.split("/")[2].split(" ")[0]));
      assert.deepEqual([...folders], [USER]);
      await shot(user.page, "23-user-log");
    });

    step("s_043_s_045_s_046_off_is_off_and_is_remembered", async () => {
      const page = await go(user, "/backup");
      await enableBackup(page, false);
      await press(page, "LOGOUT");
      const again = await person(browser, { script });
      await signIn(again.page, server.base, USER);
      await again.page.goto(`${server.base}/backup`);
      assert.equal(await isOn(again.page), false);
      await again.context.close();
    });
  });

  describe(`away again, ${mode}`, { concurrency: 1 }, () => {
    step("s_030_s_031_s_032_s_033_disconnect_deletes_nothing", async () => {
      const had = await files();
      const page = await go(admin, "/");
      await press(page, "DISCONNECT");
      await shot(page, "30-disconnect-confirm");
      await press(page, "DISCONNECT");
      await page.getByRole("button", { name: "CONNECT", exact: true }).waitFor();
      await shot(page, "31-disconnected");
      const has = new Set((await files()).map((it) => it.path_display));
      assert.ok(had.every((it) => has.has(it.path_display)), "everything is still there");
    });

    step("s_035_connecting_again_goes_on", async () => {
      const had = await files();
      await signIn(admin.page, server.base, ADMIN).catch(() => {});
      await connect(admin.page, server.base);
      const page = await go(admin, "/backup?view=account");
      await enableBackup(page, true);
      await press(page, "Back up now");
      assert.ok((await files()).length >= had.length);
    });

    step("s_003_s_006_nothing_is_deleted_or_overwritten_anywhere", async () => {
      const { routes } = await oracle(`${sim.settings.DROPBOX_API_URL}/__sim/requests`);
      const changing = /delete|move|copy|restore|permanently|sharing/;
      assert.deepEqual(Object.keys(routes).filter((it) => changing.test(it)), []);
      assert.ok((await files()).length > 0);
      const asked = await oracle(`${sim.settings.RINGCENTRAL_SERVER_URL}/__sim/requests`);
      const methods = new Set(asked.counters.filter((it) => !it.path.includes("/oauth/")).map((it) => it.method));
      assert.deepEqual([...methods], ["GET"]);
    });

    step("s_011_logout", async () => {
      const page = await go(admin, "/log");
      await press(page, "LOGOUT");
      await page.goto(`${server.base}/log`);
      await page.getByRole("button", { name: "Sign in with RingCentral" }).waitFor();
    });

    step("no_script_error_no_dialog_no_refused_resource", async () => {
      assert.deepEqual([...admin.faults, ...user.faults], []);
    });
  });
}
