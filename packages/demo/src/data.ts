import { realDataRecords } from '@datamigrato/testbed';
import { BSON } from 'mongodb';

/** Records of the demonstration, and what there is to say of them. */
export interface DataSet {
  readonly name: string;
  readonly what: string;
  readonly records: readonly object[];
}

/** Real data, as JSON holds them; of the 171,075 cities one out of so many. */
export async function realData(cityOutOf: number): Promise<readonly DataSet[]> {
  const [cities, movies, countries] = await Promise.all([
    realDataRecords('cities'),
    realDataRecords('movies'),
    realDataRecords('countries'),
  ]);
  return [
    { name: 'cities', what: 'cities', records: cities.filter((_, index) => index % cityOutOf === 0) },
    { name: 'movies', what: 'movies, whose titles are sometimes numbers', records: movies },
    { name: 'countries', what: 'countries, nested', records: countries },
  ];
}

/** Documents of MongoDB that other stores have trouble with. */
export const awkwardDocuments: DataSet = {
  name: 'awkward',
  what: 'documents of awkward kinds: int64, Decimal128, -0, UUID, odd keys',
  records: [
    {
      _id: 1,
      beyond: BSON.Long.fromString('9007199254740993'),
      price: BSON.Decimal128.fromString('1.00'),
      negativeZero: new BSON.Double(-0),
      none: null,
    },
    {
      _id: '1',
      when: new Date(-1),
      bytes: new BSON.Binary(Buffer.from([0, 255]), 5),
      uuid: new BSON.UUID('522efa3e-6d9f-4f0d-8134-aa29796c2733'),
      nested: [[], [[1, 'a', null]], {}],
    },
    {
      _id: new BSON.Long(2),
      line: 'two\u2028lines',
      pattern: new BSON.BSONRegExp('^a', 'i'),
      ['__proto__']: 'own',
      'a.b': { $x: 1 },
    },
    { _id: { country: 'NL', city: 'Delft' }, text: 'x'.repeat(900_000) },
  ],
};

/** A document of 41 levels, which neither a Realtime Database (32) nor Firestore (20) can hold. */
export function deepDocument(): object {
  let inner: object = { reached: 'the bottom' };
  for (let level = 0; level < 40; level += 1) inner = { down: inner };
  return { _id: 'well', ...inner };
}
