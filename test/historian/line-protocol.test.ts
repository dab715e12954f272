import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fieldSet, seriesKey, signalFields } from '../../historian/line-protocol.ts';
import { parseLine } from './strict-lines.ts';

const at = '1763877600000';
const letters = ['a', 'B', '9', ' ', ',', '=', '"', '\\', '°', '€', '-', '/', '.'];
/** What a tag can hold: neither line breaks nor a backslash at its end. */
const tagText = fc.string({ unit: fc.constantFrom(...letters) }).filter((text) => text !== '' && !text.endsWith('\\'));
const anyText = fc.string({ unit: fc.constantFrom(...letters, '\n'), maxLength: 40 });

describe('line protocol', () => {
  it('says site, machine, signal and unit as tags, and value, quality and good as fields', () => {
    const key = seriesKey('signal', { site: 'hall 3', machine: 'tvemicro', signal: 'temperature.zone1', unit: '°C' });
    const line = `${key} ${signalFields(201.5, null, 0)} ${at}`;
    assert.equal(
      line,
      `signal,machine=tvemicro,signal=temperature.zone1,site=hall\\ 3,unit=°C value=201.5,quality=0i,good=true ${at}`,
    );
  });

  it('gives a bad sample its status code and no value', () => {
    assert.equal(signalFields(null, null, 0x808c_0000), 'quality=2156658688i,good=false');
  });

  it('brings any tag and any field to whoever reads by the book', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tagText, { noNullPrototype: true }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.maxSafeInteger(),
        fc.boolean(),
        anyText,
        (tags, number, integer, truth, text) => {
          const fields = fieldSet({ number, integer: { integer }, truth, text, none: null });
          const parsed = parseLine(`${seriesKey('some measurement,here', tags)} ${fields} ${at}`);
          assert.equal(parsed.measurement, 'some measurement,here');
          assert.deepEqual({ ...parsed.tags }, tags);
          assert.deepEqual(
            { ...parsed.fields },
            { number: number === 0 ? 0 : number, integer: BigInt(integer), truth, text },
          );
        },
      ),
    );
  });

  it('has no field for a number that is not finite, and no point without a field', () => {
    assert.equal(fieldSet({ a: NaN, b: Infinity, c: { integer: -Infinity }, d: 1 }), 'd=1');
    assert.equal(fieldSet({ a: NaN, b: null, c: undefined }), null);
  });

  it('leaves out empty tags and what a tag cannot hold', () => {
    assert.equal(seriesKey('scan', { unit: '', site: 'a\nb', machine: 'c\\' }), 'scan,machine=c,site=a\\ b');
  });
});
