import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { htmlText } from '../../src/report/html-text.js';
import { niceCeiling } from '../../src/report/line-chart.js';
import type { RunDocument } from '../../src/report/run-document.js';
import { runPage } from '../../src/report/run-page.js';

const endpoint = (connector: string) => ({ connector, version: '1.0.0', endpoint: `${connector}://host/shop` });
const ledger = { read: 10, written: 9, unchanged: 0, dead: 1, filtered: 0 };

const document: RunDocument = {
  schema: 'datamigrato.run-report/1',
  program: '0.1.0',
  run: {
    id: '2026-11-24-k7mw',
    state: 'finished',
    starts: 2,
    code: null,
    startedAt: '2026-11-24T10:00:00.000Z',
    endedAt: '2026-11-24T10:01:00.000Z',
    ledger,
    partitions: 2,
    finishedPartitions: 2,
    retries: null,
  },
  plan: {
    id: 'a'.repeat(64),
    source: endpoint('mongodb'),
    target: endpoint('cassandra'),
    writeMode: 'replace',
    excluded: [],
    notices: [],
  },
  entities: [
    {
      source: 'movies',
      target: 'films',
      guarantee: 'effectively-once',
      estimate: { records: 10, exact: true, bytes: 1000 },
      statements: ['CREATE TABLE films'],
      losses: 1,
      outcome: { ledger, bytes: 1000, milliseconds: 5000, partitions: 2, digest: { sum: '0'.repeat(64), count: 9 } },
    },
  ],
  conversions: [
    { sourceKind: 'decimal', targetKind: 'double', fidelity: 'lossy', count: 10, places: ['movies.price'] },
    { sourceKind: 'string', targetKind: 'string', fidelity: 'exact', count: 10, places: ['movies.title'] },
  ],
  deadLetters: [{ source: 'movies', stage: 'write', code: 'DM_TEST', count: 1 }],
  verification: null,
  repair: null,
  timeline: [
    {
      startedAt: '2026-11-24T10:00:00.000Z',
      step: 500,
      points: [4, 0, 6].map((read) => ({
        read,
        written: read,
        dead: 0,
        bytes: read * 100,
        writes: read > 0 ? 1 : 0,
        writeMilliseconds: read,
        retries: read === 0 ? 2 : 0,
      })),
    },
  ],
};

/** A page on which everything that comes from elsewhere is called so. */
function pageWith(name: string): string {
  const [entity] = document.entities;
  if (entity === undefined) throw new Error('the document has no entity');
  return runPage({
    ...document,
    plan: { ...document.plan, source: { ...endpoint('mongodb'), endpoint: name }, notices: [name] },
    entities: [{ ...entity, source: name, target: name, statements: [name] }],
    conversions: [{ sourceKind: name, targetKind: name, fidelity: 'lossy', count: 1, places: [name] }],
    deadLetters: [{ source: name, stage: name, code: name, count: 1 }],
  });
}

/** The tags of a page with the names of their attributes; what is in no tag must not have a `<`. */
function skeleton(page: string): readonly string[] {
  const tags: string[] = [];
  const rest = page.replaceAll(
    /<(!?\/?[a-z][a-z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9-]*(?:="[^"]*")?)*)\s*\/?>/g,
    (_, tag: string, attributes: string) => {
      tags.push(`${tag}${attributes.replaceAll(/="[^"]*"/g, '')}`);
      return '';
    },
  );
  expect(rest).not.toContain('<');
  return tags;
}

describe('the page of a run', () => {
  test('a pace is that of the starts whose time is known, whatever else was moved by one that was killed', () => {
    const pace = /<b>([^<]*)<\/b><span>(moving[^<]*)<\/span><\/div><div class="tile"><b>([^<]*)<\/b>/;
    const ofTwoStarts = { ...document, run: { ...document.run, ledger: { ...ledger, read: 1000 } } };
    expect(runPage(ofTwoStarts)).toMatch(pace);
    expect(pace.exec(runPage(ofTwoStarts))?.slice(1)).toEqual(['1.5 s', 'moving, in 1 of 2 starts', '7 /s']);
    const ofOne = { ...ofTwoStarts, run: { ...ofTwoStarts.run, starts: 1 } };
    expect(pace.exec(runPage(ofOne))?.slice(1)).toEqual(['5.0 s', 'moving', '200 /s']);
    expect(runPage({ ...ofTwoStarts, timeline: [] })).not.toMatch(pace);
  });

  test('S-16 nothing on it acts, whatever entities, notices and endpoints are called', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.constantFrom(
            '<script>alert(1)</script>',
            '"><img src=x onerror=alert(1)>',
            "' onmouseover='alert(1)",
            '</style><script>',
            '\u001b[31m',
            '&lt;script&gt;',
          ),
        ),
        (name) => {
          const page = pageWith(name);
          expect(skeleton(page)).toEqual(skeleton(pageWith('harmless')));
          expect(page).not.toContain('\u001b');
        },
      ),
      { numRuns: 300 },
    );
  });

  test('needs nothing else: no address is in it, and its policy forbids whatever is not its own style', () => {
    const page = runPage(document);
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page).toContain(
      `content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'"`,
    );
    expect(page).not.toMatch(/\b(?:src|href)=|url\(|@import|https?:/i);
    expect(page).not.toMatch(/\sstyle="/);
  });

  test('says first what became of the run, and what to do next', () => {
    const page = runPage(document);
    expect(page).toContain('! Finished, with dead letters');
    expect(page).toContain('one record could not be written');
    expect(page.indexOf('datamigrato verify 2026-11-24-k7mw')).toBeLessThan(page.indexOf('<h2>Entities</h2>'));
    expect(runPage({ ...document, run: { ...document.run, state: 'interrupted' } })).toContain(
      'datamigrato resume 2026-11-24-k7mw',
    );
  });

  test('draws what happened over time, with a gap where the target was not written to', () => {
    const page = runPage(document);
    expect(page.match(/<svg /g)).toHaveLength(2);
    const [, , latency = ''] = page.match(/<path class="line [a-z]+" d="([^"]*)"/g) ?? [];
    expect(latency.match(/M/g)).toHaveLength(2);
    expect(page).toContain('2 failures passed');
  });

  test('escapes each of the characters that mean something', () => {
    expect(htmlText(`<a b="c" d='e'>&amp;\u0000\u202e`)).toBe('&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;??');
  });

  test('axes end at a round number that is not below what is shown', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (value) => {
        const ceiling = niceCeiling(value);
        expect(ceiling).toBeGreaterThanOrEqual(value * (1 - 1e-12));
        expect(ceiling).toBeLessThanOrEqual(value * 2.01);
      }),
    );
    expect([0, 1, 3, 41, 640].map(niceCeiling)).toEqual([1, 1, 4, 50, 800]);
  });
});
