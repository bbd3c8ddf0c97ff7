import { expect, test } from 'vitest';
import { crc32c, maskedCrc32c } from './crc32c.js';
import { slowCrc } from './read-events.fixture.js';

// RFC 3720, appendix B.4, and the check value of CRC-32C.
test.each([
  ['zeros', new Uint8Array(32), 0x8a9136aa],
  ['ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['ascending', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['descending', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ['the digits', Buffer.from('123456789'), 0xe3069283],
  ['nothing', new Uint8Array(0), 0],
])('the checksum of %s is the published one', (_name, bytes, crc) => {
  expect(crc32c(bytes)).toBe(crc);
  expect(slowCrc(bytes)).toBe(crc);
});

test('the mask rotates by 15 bits and adds its constant, modulo 2^32', () => {
  // 0xe3069283 rotated right by 15: 0x2507c60d; 0x2507c60d + 0xa282ead8 = 0xc78ab0e5.
  expect(maskedCrc32c(Buffer.from('123456789'))).toBe(0xc78ab0e5);
  // 0x8a9136aa rotated right by 15: 0x6d551522; the sum is 0x10fd7fffa.
  expect(maskedCrc32c(new Uint8Array(32))).toBe(0x0fd7fffa);
});
