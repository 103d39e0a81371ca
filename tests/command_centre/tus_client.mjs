// A real tus client (tus-js-client from npm) for the tests: sends one file, resuming what an
// earlier run of this script began. Prints what happens as JSON lines. node tus_client.mjs ORDER
import { createRequire } from "node:module";
import { createReadStream, statSync } from "node:fs";

const order = JSON.parse(process.argv[2]);
const require = createRequire(order.packages);
const tus = require("tus-js-client");
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const upload = new tus.Upload(createReadStream(order.file), {
  endpoint: order.endpoint,
  chunkSize: order.chunk,
  uploadSize: statSync(order.file).size,
  metadata: order.metadata,
  headers: order.headers,
  retryDelays: order.retries ?? [100, 300, 1000, 2000, 4000, 8000],
  urlStorage: new tus.FileUrlStorage(order.memory),
  fingerprint: async () => order.file,
  storeFingerprintForResuming: true,
  removeFingerprintOnSuccess: true,
  onUploadUrlAvailable: () => say({ url: upload.url }),
  onChunkComplete: (_size, accepted, total) => {
    say({ accepted, total });
    if (order.stop_at && accepted >= order.stop_at) {
      say({ stopped: accepted });
      process.exit(3); // as when the device dies: nothing is said to the centre
    }
  },
  onError: (error) => {
    say({ error: String(error.message) });
    process.exit(1);
  },
  onSuccess: () => say({ done: upload.url }),
});
const before = await upload.findPreviousUploads();
if (before.length) {
  say({ resumes: true });
  upload.resumeFromPreviousUpload(before[0]);
}
upload.start();
