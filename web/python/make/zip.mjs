// A zip with some of another's entries, copied as they are, and new ones.
import { crc32, deflateRawSync } from "node:zlib";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const [LOCAL_SIZE, CENTRAL_SIZE, END_SIZE] = [30, 46, 22];
const DEFLATED = 8;
const NEW_YEAR_1980 = 0x21; // the oldest day that a zip can name

function* entriesOf(zip) {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  let at = zip.readUInt32LE(end + 16);
  for (let i = zip.readUInt16LE(end + 10); i > 0; i--) {
    if (zip.readUInt32LE(at) !== CENTRAL) throw new Error("the zip's list of files is broken");
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    const local = zip.readUInt32LE(at + 42);
    const data = local + LOCAL_SIZE + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    yield {
      name: zip.toString("utf8", at + CENTRAL_SIZE, at + CENTRAL_SIZE + name),
      method: zip.readUInt16LE(at + 10),
      crc: zip.readUInt32LE(at + 16),
      size: zip.readUInt32LE(at + 24),
      data: zip.subarray(data, data + zip.readUInt32LE(at + 20)),
    };
    at += CENTRAL_SIZE + name + extra + comment;
  }
}

const made = ([name, bytes]) => ({ name, method: DEFLATED, crc: crc32(bytes), size: bytes.length, data: deflateRawSync(bytes, { level: 9 }) });

/** What both heads of an entry say of it. */
function facts(head, at, { name, method, crc, size, data }) {
  [20, 0x800, method, 0, NEW_YEAR_1980].forEach((value, i) => head.writeUInt16LE(value, at + 2 * i));
  [crc, data.length, size].forEach((value, i) => head.writeUInt32LE(value, at + 10 + 4 * i));
  head.writeUInt16LE(Buffer.byteLength(name), at + 22);
}

/**
 * @param zip   bytes of a zip
 * @param keep  (name) => whether to copy that entry
 * @param more  [[name, bytes]] to add
 */
export function selected(zip, keep, more) {
  const entries = [...[...entriesOf(zip)].filter(({ name }) => keep(name)), ...more.map(made)];
  const locals = [];
  const centrals = [];
  let at = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const local = Buffer.alloc(LOCAL_SIZE);
    local.writeUInt32LE(LOCAL);
    facts(local, 4, entry);
    const central = Buffer.alloc(CENTRAL_SIZE);
    central.writeUInt32LE(CENTRAL);
    central.writeUInt16LE(20, 4);
    facts(central, 6, entry);
    central.writeUInt32LE(at, 42);
    locals.push(local, name, entry.data);
    centrals.push(central, name);
    at += LOCAL_SIZE + name.length + entry.data.length;
  }
  const list = Buffer.concat(centrals);
  const end = Buffer.alloc(END_SIZE);
  end.writeUInt32LE(END);
  for (const offset of [8, 10]) end.writeUInt16LE(entries.length, offset);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, list, end]);
}
