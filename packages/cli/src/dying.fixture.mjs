// Loaded before the command (NODE_OPTIONS=--import=…): kills the process, as kill -9 does, in the middle of its n-th change of a
// file. A write that is the n-th gets half of its bytes to the file.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

let left = Number(process.env.HCSC_DIES_AT);
const isLast = () => --left === 0;
const die = () => process.kill(process.pid, 'SIGKILL');

const { promises, writeSync } = fs;
fs.writeSync = (file, bytes, offset = 0, ...rest) => {
  if (!isLast()) return writeSync(file, bytes, offset, ...rest);
  writeSync(file, bytes, offset, Math.floor((bytes.length - offset) / 2));
  die();
};
for (const name of ['rename', 'link', 'rm', 'mkdir', 'truncate']) {
  const original = promises[name];
  promises[name] = async (...args) => {
    if (isLast()) die();
    return original(...args);
  };
}
const { open } = promises;
promises.open = async (...args) => {
  const file = await open(...args);
  const { write, writeFile, sync } = file;
  file.write = async (bytes, ...rest) => {
    if (!isLast()) return write.call(file, bytes, ...rest);
    await write.call(file, bytes.subarray(0, Math.floor(bytes.length / 2)));
    die();
  };
  file.writeFile = async (contents) => {
    if (isLast()) {
      await writeFile.call(file, contents.slice(0, Math.floor(contents.length / 2)));
      die();
    }
    return writeFile.call(file, contents);
  };
  file.sync = async () => {
    if (isLast()) die();
    return sync.call(file);
  };
  return file;
};
syncBuiltinESMExports();
