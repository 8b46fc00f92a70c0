// RingCentral's own JavaScript SDK against the simulator: logs in by JWT,
// pages the call log to its end, downloads a recording and compares it with
// the simulator's truth.
import { createHash } from 'node:crypto';
import sdkPackage from '@ringcentral/sdk';

const { SDK } = sdkPackage;
const env = process.env;
const sdk = new SDK({
  server: env.RINGCENTRAL_SERVER_URL,
  clientId: env.RINGCENTRAL_CLIENT_ID,
  clientSecret: env.RINGCENTRAL_CLIENT_SECRET,
});
const platform = sdk.platform();
await platform.login({ jwt: env.RINGCENTRAL_JWT });

const dateFrom = new Date(Date.now() - 8 * 86400e3).toISOString();
let next = `/restapi/v1.0/account/~/call-log?view=Detailed&recordingType=All&perPage=250&dateFrom=${dateFrom}`;
let pages = 0;
const recordings = new Map();
while (next) {
  const page = await (await platform.get(next)).json();
  pages += 1;
  for (const record of page.records) {
    for (const one of [record, ...(record.legs ?? [])]) {
      if (one.recording) recordings.set(one.recording.id, one.recording.contentUri);
    }
  }
  next = page.navigation.nextPage?.uri;
}

const truth = await (await fetch(`${env.RINGCENTRAL_SERVER_URL}/__sim/truth`)).json();
const expected = new Map(truth.map((it) => [it.id, it]));
let compared = 0;
for (const [id, contentUri] of recordings) {
  const item = expected.get(id);
  if (!item || item.lost || !item.sha256) continue;
  const answer = await platform.get(contentUri);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== item.sha256) throw new Error(`recording ${id} differs from the truth`);
  compared += 1;
  if (compared === 3) break;
}
await platform.logout();
if (pages < 2 || compared < 3) throw new Error(`too little to compare: ${pages} pages, ${compared} recordings`);
console.log(`@ringcentral/sdk: ${pages} pages, ${recordings.size} recordings listed, ${compared} downloads equal the truth`);
