// RingCentral's own JavaScript SDK against the simulator: signs in by JWT,
// refreshes, pages the call log to its end and downloads more recordings than
// the limit lets through at once (on a machine that is fast enough to meet it).
// What it was told is compared with the truth.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const DOWNLOADS = 12;
const [tools, truthFile] = process.argv.slice(2);
const { SDK } = createRequire(`${tools}/`)('@ringcentral/sdk');
const truth = JSON.parse(readFileSync(truthFile, 'utf8'));
const sdk = new SDK({
  server: process.env.RINGCENTRAL_SERVER_URL,
  clientId: process.env.RINGCENTRAL_CLIENT_ID,
  clientSecret: process.env.RINGCENTRAL_CLIENT_SECRET,
  handleRateLimit: true,
});
const platform = sdk.platform();
let limited = 0;
platform.on(platform.events.rateLimitError, () => { limited += 1; });
await platform.login({ jwt: process.env.RINGCENTRAL_JWT });
await platform.refresh();

const dateFrom = new Date(truth.anchor_ms - 8 * 86400e3).toISOString();
let next = `/restapi/v1.0/account/~/call-log?view=Detailed&recordingType=All&perPage=250&dateFrom=${dateFrom}`;
let pages = 0;
const listed = new Map();
while (next) {
  const page = await (await platform.get(next)).json();
  pages += 1;
  for (const record of page.records) {
    for (const { recording } of [record, ...(record.legs ?? [])]) {
      if (recording) listed.set(recording.id, recording.contentUri);
    }
  }
  next = page.navigation.nextPage?.uri;
}

const recordings = truth.items.filter((it) => it.kind === 'recording' && !it.gone);
for (const { provider_id: id } of recordings.filter((it) => it.visible_at_ms <= truth.now_ms)) {
  if (!listed.has(id)) throw new Error(`recording ${id} was not listed`);
}
const readable = recordings.filter((it) => listed.has(it.provider_id) && it.ready_at_ms && it.ready_at_ms <= truth.now_ms);
for (const { provider_id: id, sha256 } of readable.slice(0, DOWNLOADS)) {
  const answer = await platform.get(listed.get(id));
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw new Error(`recording ${id} differs from the truth`);
}
await platform.logout();
if (pages < 2 || readable.length < DOWNLOADS) throw new Error(`too little to compare: ${pages} pages, ${readable.length} recordings`);
console.log(`@ringcentral/sdk: ${pages} pages, ${listed.size} recordings listed, ${DOWNLOADS} downloads equal the truth, waited ${limited} x as Retry-After asked`);
