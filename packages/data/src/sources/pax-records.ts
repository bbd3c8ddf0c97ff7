import type { HeaderFault } from './tar-header.js';

/**
 * The records of a pax extended header (`length key=value`, and the end of a line), by key.
 *
 * @param fault Called, with the offset in the body, if it is no list of records; must throw.
 */
export function parsePaxRecords(body: Buffer, fault: (fault: HeaderFault) => never): Map<string, string> {
  const records = new Map<string, string>();
  for (let start = 0; start < body.length; ) {
    const digits = /^\d{1,9} /.exec(body.toString('latin1', start, start + 10))?.[0];
    const end = start + Number(digits);
    const equals = body.indexOf('=', start);
    // Beyond the body body[end - 1] is undefined, and without digits end is no number.
    if (!digits || body[end - 1] !== 0x0a || equals < start + digits.length || equals >= end) {
      const found = JSON.stringify(body.toString('latin1', start, start + 20));
      fault({ offset: start, expected: "a pax record 'length key=value'", found });
    }
    records.set(body.toString('utf8', start + digits.length, equals), body.toString('utf8', equals + 1, end - 1));
    start = end;
  }
  return records;
}
