import { gzipSync } from 'node:zlib';

const BLOCK = 512;
const OS_BYTE = 9;
const UNKNOWN_OS = 255;

export interface TinyLayer {
  /** The layer as it is uploaded: a gzipped tar. */
  readonly packed: Buffer;
  readonly unpacked: Buffer;
}

/** A layer with one file, `/content`. The same bytes on every machine and with every zlib. */
export function createTinyLayer(content: string): TinyLayer {
  const unpacked = tarOf('content', Buffer.from(content));
  // Level 0 stores: no version of zlib can do that better than another.
  const packed = gzipSync(unpacked, { level: 0 });
  packed[OS_BYTE] = UNKNOWN_OS;
  return { packed, unpacked };
}

/** A ustar archive with one plain file that belongs to root and dates from 1970. */
function tarOf(name: string, bytes: Buffer): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${octal(bytes.length, 11)}\0`, 124);
  header.write(`${octal(0, 11)}\0`, 136);
  header.write(' '.repeat(8), 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${octal(checksum, 6)}\0 `, 148);
  const padding = Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK);
  return Buffer.concat([header, bytes, padding, Buffer.alloc(2 * BLOCK)]);
}

function octal(number: number, width: number): string {
  return number.toString(8).padStart(width, '0');
}
